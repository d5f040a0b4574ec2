import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { changeFiles, type FileBranch } from '../../src/git/file-branch.ts'
import { makeFleet, type Fleet } from '../e2e/fleet.ts'

const { PATH: searchPath = '' } = process.env

async function bare(t: TestContext, files: Readonly<Record<string, string>> = {}): Promise<Fleet> {
  const fleet = await makeFleet(files)
  t.after(() => fleet.remove())
  return fleet
}

function on({ directory }: Pick<Fleet, 'directory'>, branch = 'kept'): FileBranch {
  const url = pathToFileURL(directory).href
  const remote = { url, scheme: 'file', auth: {} } as const
  return { program: { searchPath }, remote, branch, signal: AbortSignal.timeout(60_000) }
}

function one(file: string, text: string) {
  return () => ({ files: new Map([[file, text]]), message: `${file}\n` })
}

/** Before anything else happens here. */
function moveNow({ directory }: Fleet): void {
  const script = [
    'set -e',
    'oid=$(printf moved | git hash-object -w --stdin)',
    'git read-tree kept',
    'git update-index --add --cacheinfo "100644,$oid,f/m"',
    'git update-ref refs/heads/kept "$(git commit-tree -p kept -m m "$(git write-tree)")"',
  ].join('\n')
  const person = { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x@x' }
  const other = { GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x@x' }
  const env = { ...process.env, ...person, ...other, GIT_DIR: directory }
  execFileSync('sh', ['-c', script], { cwd: directory, env })
}

describe('a branch of files', () => {
  test('is begun without a history, and gets one commit for each change', async (t) => {
    const fleet = await bare(t, { 'a.yaml': 'a' })
    const branch = on(fleet)
    assert.equal((await changeFiles(branch, 'f', one('f/a', '1'))).kind, 'pushed')
    assert.equal((await changeFiles(branch, 'f', one('f/b', '2'))).kind, 'pushed')
    assert.equal(await fleet.git(['rev-list', '--count', 'kept']), '2')
    assert.equal(await fleet.git(['ls-tree', '-r', '--name-only', 'kept']), 'f/a\nf/b')
    assert.equal(await fleet.git(['show', 'kept:f/b']), '2')
    assert.equal(
      await fleet.git(['log', '-1', '--format=%an <%ae> %s', 'kept']),
      'solewriter <solewriter@localhost> f/b',
    )
  })

  test('keeps what others have put there, and shows what is below a folder', async (t) => {
    const fleet = await bare(t)
    await fleet.commit({ 'README.md': 'ours', 'f/a': '1', 'g/a': '2' }, 'kept')
    const seen: string[] = []
    await changeFiles(on(fleet), 'f', (there) => {
      seen.push(...there.keys())
      return { files: new Map([['f/a', '3']]), message: 'x' }
    })
    assert.deepEqual(seen, ['f/a'])
    assert.equal(await fleet.git(['show', 'kept:README.md']), 'ours')
    assert.equal(await fleet.git(['show', 'kept:f/a']), '3')
  })

  test('gets no commit where nothing is to be changed', async (t) => {
    const fleet = await bare(t, { 'a.yaml': 'a' })
    const outcome = await changeFiles(on(fleet, 'main'), 'f', () => undefined)
    assert.deepEqual(outcome, { kind: 'unchanged' })
    assert.equal(await fleet.git(['rev-list', '--count', 'main']), '1')
  })

  test('is pushed to by several at once, and loses nothing', async (t) => {
    const fleet = await bare(t)
    const numbers = Array.from({ length: 4 }, (_, n) => n)
    await Promise.all(numbers.map((n) => changeFiles(on(fleet), 'f', one(`f/${n}`, String(n)))))
    assert.equal(await fleet.git(['rev-list', '--count', 'kept']), '4')
    assert.equal(await fleet.git(['ls-tree', '-r', '--name-only', 'kept']), 'f/0\nf/1\nf/2\nf/3')
  })

  test('that somebody else moved in between is looked at again', async (t) => {
    const fleet = await bare(t)
    await fleet.commit({ 'f/a': '1' }, 'kept')
    const seen: string[] = []
    let isMoved = false
    await changeFiles(on(fleet), 'f', (there) => {
      seen.push([...there.values()].join())
      return { files: new Map([['f/b', 'b']]), message: 'b' }
    })
    await changeFiles(on(fleet), 'f', (there) => {
      seen.push([...there.values()].join())
      if (!isMoved) {
        isMoved = true
        moveNow(fleet)
      }
      return { files: new Map([['f/c', 'c']]), message: 'c' }
    })
    assert.deepEqual(seen, ['1', '1,b', '1,b,moved'])
    assert.equal(await fleet.git(['ls-tree', '-r', '--name-only', 'kept']), 'f/a\nf/b\nf/c\nf/m')
  })

  test('of no repository is a failure', async (t) => {
    const directory = mkdtempSync(path.join(tmpdir(), 'solewriter-none-'))
    t.after(() => rmSync(directory, { recursive: true }))
    await assert.rejects(changeFiles(on({ directory }), 'f', one('f/a', '1')), {
      code: 'GitFailed',
    })
  })
})
