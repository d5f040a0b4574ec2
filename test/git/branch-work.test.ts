import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { openBranchWork } from '../../src/git/branch-work.ts'
import { startRemote } from '../cli/promote/remote.ts'
import { startOwnRemote } from './own-remote.ts'

const files = { 'a.yaml': 'a: 1\n', 'bin/run': '#!/bin/sh\n', 'b.yaml': 'b: 1\n' }

function begin() {
  const remote = startRemote(files)
  let count = 0
  const open = (more: { url?: string; vars?: Readonly<Record<string, string>> } = {}) => {
    const directory = path.join(remote.dir, `work-${(count += 1)}`)
    mkdirSync(directory)
    const { signal } = new AbortController()
    return openBranchWork({
      url: remote.url,
      directory,
      signal,
      ...more,
      vars: more.vars ?? remote.vars,
    })
  }
  return { remote, open }
}

const head = 'main'

describe('work on a branch', () => {
  test('makes a commit of the person, and touches nothing but its files', async () => {
    const { remote, open } = begin()
    remote.git('update-ref', 'refs/heads/other', 'main')
    const work = await open()
    await work.fetch([head, 'none'])
    const parent = work.heads.get(head) ?? ''
    assert.equal(await work.read(parent, 'a.yaml'), 'a: 1\n')
    assert.equal(await work.read(parent, 'none.yaml'), undefined)
    assert.equal(await work.read(parent, 'bin'), undefined)
    const commit = await work.commit({
      parent,
      files: new Map([
        ['a.yaml', 'a: 2\r\n'],
        ['b.yaml', undefined],
        ['new/c.yaml', 'ä: 1\n'],
      ]),
      message: 'change\n\nKey: value\n',
    })
    assert.deepEqual(await work.push(commit, 'topic/x'), { kind: 'pushed' })
    assert.equal(
      remote.git('diff', '--name-status', 'main', 'topic/x'),
      'M\ta.yaml\nD\tb.yaml\nA\tnew/c.yaml\n',
    )
    assert.equal(remote.file('topic/x', 'a.yaml'), 'a: 2\r\n')
    assert.equal(
      remote.git('log', '-1', '--format=%an %ce', 'topic/x'),
      'Alice alice@example.com\n',
    )
    assert.deepEqual(await work.trailers('Key', parent, commit), [['value']])
    assert.deepEqual(await work.trailers('Other', parent, commit), [['']])
    assert.match(await work.patch(commit), /^From [0-9a-f]{40} [^]*\+a: 2/)
  })

  test('keeps the mode of a file', async () => {
    const { remote, open } = begin()
    const made = path.join(remote.dir, 'other', 'bin/run')
    chmodSync(made, 0o755)
    const parent = remote.commit('main', { 'a.yaml': 'a: 2\n' })
    const work = await open()
    await work.fetch([head])
    const commit = await work.commit({ parent, files: new Map([['bin/run', 'x']]), message: 'm' })
    await work.push(commit, 'x')
    assert.match(remote.git('ls-tree', 'x', 'bin/run'), /^100755 /)
  })

  test('gives way to whoever has pushed meanwhile', async () => {
    const { remote, open } = begin()
    const [one, other] = [await open(), await open()]
    for (const [i, work] of [one, other].entries()) {
      await work.fetch([head])
      const parent = work.heads.get(head) ?? ''
      const commit = await work.commit({
        parent,
        files: new Map([['a.yaml', `a: ${i + 5}\n`]]),
        message: 'm',
      })
      assert.deepEqual(await work.push(commit, 'x'), { kind: i === 0 ? 'pushed' : 'rejected' })
    }
    assert.equal(remote.file('x', 'a.yaml'), 'a: 5\n')
  })

  test('goes where it is told to, also from inside of a hook', async () => {
    const { remote, open } = begin()
    const elsewhere = path.join(remote.dir, 'other')
    const before = readdirSync(path.join(elsewhere, '.git')).toSorted()
    const work = await open({
      vars: {
        ...remote.vars,
        GIT_DIR: path.join(elsewhere, '.git'),
        GIT_WORK_TREE: elsewhere,
        GIT_INDEX_FILE: path.join(elsewhere, '.git', 'index.stray'),
      },
    })
    await work.fetch([head])
    const parent = work.heads.get(head) ?? ''
    await work.commit({ parent, files: new Map([['a.yaml', 'x']]), message: 'm' })
    assert.deepEqual(readdirSync(path.join(elsewhere, '.git')).toSorted(), before)
  })

  test('says what git says', async () => {
    const { remote, open } = begin()
    await assert.rejects(open({ url: path.join(remote.dir, 'none.git') }), {
      code: 'GitFailed',
      message: /^git ls-remote failed: .*none\.git/,
    })
    const nameless = await open({ vars: { ...remote.vars, HOME: '/nonexistent', EMAIL: '' } })
    await nameless.fetch([head])
    const parent = nameless.heads.get(head) ?? ''
    const commit = nameless.commit({ parent, files: new Map([['a.yaml', 'x']]), message: 'm' })
    await commit.catch((error: Error) => assert.match(error.message, /^git commit-tree failed: /))
  })

  test('pushes over http with the credentials of the person', async () => {
    const { remote, open } = begin()
    remote.git('config', 'http.receivepack', 'true')
    const server = await startOwnRemote(remote.url, 'hunter2')
    after(server.close)
    await assert.rejects(
      open({ url: server.url, vars: { ...remote.vars, GIT_TERMINAL_PROMPT: '0' } }),
      {
        code: 'GitFailed',
      },
    )
    const helper = path.join(remote.dir, 'helper')
    writeFileSync(
      helper,
      '#!/bin/sh\ntest "$1" = get && printf "username=alice\\npassword=hunter2\\n"\n',
      {
        mode: 0o755,
      },
    )
    writeFileSync(
      path.join(remote.dir, 'home', '.gitconfig'),
      `[user]\nname = Alice\nemail = alice@example.com\n[credential]\nhelper = ${helper}\n`,
    )
    const work = await open({ url: server.url })
    await work.fetch([head])
    const parent = work.heads.get(head) ?? ''
    const commit = await work.commit({
      parent,
      files: new Map([['a.yaml', 'a: 3\n']]),
      message: 'm',
    })
    assert.deepEqual(await work.push(commit, 'break-glass/x'), { kind: 'pushed' })
    assert.equal(remote.file('break-glass/x', 'a.yaml'), 'a: 3\n')
    assert.ok(server.seen.includes('POST /fleet.git/git-receive-pack'))
  })
})
