import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { readBetween } from '../../src/git/between.ts'
import { gitOn } from '../../src/git/local-git.ts'
import { searchPath } from './mirrors.ts'
import { makeTemporary } from './remote.ts'

// Against the commands that each answer one of its questions.

const none = 'f'.repeat(40)

async function history(t: TestContext) {
  const directory = await makeTemporary(t)
  let clock = 1_700_000_000
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', directory, ...args], {
      encoding: 'utf8',
      env: {
        PATH: searchPath,
        HOME: directory,
        GIT_AUTHOR_NAME: 'a',
        GIT_AUTHOR_EMAIL: 'a@example.com',
        GIT_COMMITTER_NAME: 'a',
        GIT_COMMITTER_EMAIL: 'a@example.com',
        GIT_AUTHOR_DATE: `${clock} +0000`,
        GIT_COMMITTER_DATE: `${clock} +0000`,
      },
    }).trim()
  git('init', '-q', '-b', 'main')
  return {
    git,
    program: gitOn({ searchPath }, `${directory}/.git`),
    /** Clocks of committers go back as well. */
    commit: (text: string, seconds = 60) => {
      clock += seconds
      git('commit', '-q', '--allow-empty', '-m', text)
      return git('rev-parse', 'HEAD')
    },
    merge: (...others: readonly string[]) => {
      clock += 60
      git('merge', '-q', '--no-ff', '-m', 'merge', ...others)
      return git('rev-parse', 'HEAD')
    },
  }
}

async function agrees(
  { git, program }: Awaited<ReturnType<typeof history>>,
  from: string,
  to: string,
): Promise<void> {
  const lines = (...args: readonly string[]) =>
    git(...args)
      .split('\n')
      .filter(Boolean)
  const { isForced, added, passed } = await readBetween(program, from, to)
  assert.equal(isForced, lines('rev-list', from, `^${to}`).length > 0)
  assert.deepEqual(added.toSorted(), lines('rev-list', to, `^${from}`).toSorted())
  assert.deepEqual(passed, lines('rev-list', '--first-parent', to, `^${from}`))
}

void test('what a branch brings, with merges, side branches and clocks that go back', async (t) => {
  const all = await history(t)
  const { git, commit, merge } = all
  const first = commit('first')
  git('checkout', '-q', '-b', 'side')
  const side = [commit('side 1', 500), commit('side 2', -900)]
  git('checkout', '-q', 'main')
  const second = commit('second')
  const merged = merge('side')
  git('checkout', '-q', '-b', 'other', first)
  const other = commit('other', -2000)
  git('checkout', '-q', 'main')
  const octopus = merge('other')
  const last = commit('last', -5000)
  const [one = '', two = ''] = side
  const pairs: readonly (readonly [string, string])[] = [
    [first, last],
    [last, first],
    [second, octopus],
    [two, merged],
    [one, second],
    [other, merged],
    [merged, other],
    [last, last],
  ]
  for (const [from, to] of pairs) await agrees(all, from, to)
})

void test('a head that is gone was forced away, and tells nothing more', async (t) => {
  const { commit, program } = await history(t)
  const to = commit('first')
  assert.deepEqual(await readBetween(program, none, to), { isForced: true, added: [], passed: [] })
})

void test('as many are remembered as are said to be', async (t) => {
  const all = await history(t)
  const first = all.commit('first')
  // Faster than one commit after the other.
  const texts = Array.from({ length: 1100 }, (_, i) => {
    const from = i === 0 ? `from ${first}\n` : ''
    return `commit refs/heads/main\ncommitter a <a@example.com> ${1_700_001_000 + i} +0000\ndata 1\nx\n${from}`
  })
  execFileSync(
    'git',
    ['-C', all.git('rev-parse', '--show-toplevel'), 'fast-import', '--quiet', '--force'],
    {
      input: `${texts.join('\n')}\n`,
    },
  )
  const { added, passed } = await readBetween(all.program, first, all.git('rev-parse', 'main'))
  assert.deepEqual([added.length, passed.length], [1100, 1000])
})
