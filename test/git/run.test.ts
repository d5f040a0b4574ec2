import assert from 'node:assert/strict'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { CatFile } from '../../src/git/cat-file.ts'
import { runGit, type GitCall } from '../../src/git/run.ts'
import { searchPath } from './mirrors.ts'
import { makeRemote, makeTemporary } from './remote.ts'

const minute = 60_000

function run(gitDir: string, args: readonly string[], options: Partial<GitCall> = {}) {
  return runGit({ searchPath }, { gitDir, milliseconds: minute, ...options, args })
}

/** A directory with a program `git` of our own in front of the real one. */
async function fakeGit(t: TestContext, script: string): Promise<string> {
  const directory = await makeTemporary(t)
  await writeFile(join(directory, 'git'), `#!/bin/sh\n${script}\n`)
  await chmod(join(directory, 'git'), 0o755)
  return `${directory}:${searchPath}`
}

async function isGone(pidFile: string): Promise<boolean> {
  const pid = Number(await readFile(pidFile, 'utf8'))
  try {
    // An ended process may stay in the table until its parent, init, has noticed.
    const state = await readFile(`/proc/${pid}/stat`, 'utf8')
    return state.includes(') Z')
  } catch {
    return true
  }
}

async function eventually(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 20))
}

void test('an exit code is an answer only where the caller says so', async (t) => {
  const { directory, commit } = await makeRemote(t)
  const a = await commit('main', { a: '1' })
  const b = await commit('other', { a: '2' })
  const args = ['merge-base', '--is-ancestor', a, b]
  assert.equal((await run(directory, args, { answers: [0, 1] })).code, 1)
  await assert.rejects(run(directory, args), { code: 'GitFailed' })
})

void test('a process that takes too long is ended together with its children', async (t) => {
  const directory = await makeTemporary(t)
  const pidFile = join(directory, 'pid')
  const path = await fakeGit(t, `sleep 600 & echo $! > ${pidFile}; wait`)
  const call = { args: ['fetch'], gitDir: directory, milliseconds: 300 }
  await assert.rejects(runGit({ searchPath: path }, call), { code: 'GitTimedOut' })
  await eventually(() => isGone(pidFile))
})

void test('an abort ends the process and its children', async (t) => {
  const directory = await makeTemporary(t)
  const pidFile = join(directory, 'pid')
  const path = await fakeGit(t, `sleep 600 & echo $! > ${pidFile}; echo ready; wait`)
  const controller = new AbortController()
  const running = runGit(
    { searchPath: path },
    {
      args: ['fetch'],
      gitDir: directory,
      milliseconds: minute,
      signal: controller.signal,
      onOutput: () => controller.abort(new Error('stopped')),
    },
  )
  await assert.rejects(running, /stopped/)
  await eventually(() => isGone(pidFile))
})

void test('a grandchild that keeps our pipes open does not keep us', async (t) => {
  const directory = await makeTemporary(t)
  const path = await fakeGit(t, 'sleep 600 & echo done')
  const call = { args: ['fetch'], gitDir: directory, milliseconds: minute }
  const { output } = await runGit({ searchPath: path }, call)
  assert.equal(output.toString(), 'done\n')
})

void test('output beyond the limit ends the process', async (t) => {
  const path = await fakeGit(t, 'yes')
  const call = { args: ['log'], gitDir: '/', milliseconds: minute, mostOutput: 1000 }
  await assert.rejects(runGit({ searchPath: path }, call), { code: 'GitOutputTooLarge' })
})

void test('a reader of the output that throws fails the call', async (t) => {
  const path = await fakeGit(t, 'yes')
  const onOutput = (): void => {
    throw new Error('too many')
  }
  const call = { args: ['log'], gitDir: '/', milliseconds: minute, onOutput }
  await assert.rejects(runGit({ searchPath: path }, call), /too many/)
})

void test('git that is not installed is a failure with its reason', async () => {
  const call = { args: ['log'], gitDir: '/', milliseconds: minute }
  await assert.rejects(runGit({ searchPath: '/nonexistent' }, call), {
    code: 'GitFailed',
    message: 'git could not be started',
  })
})

void test('what git says is one short line of plain text without the chatter of the server', async (t) => {
  const path = await fakeGit(
    t,
    `printf 'remote: \\033[31mfree text\\nhint: advice\\nwarning: old\\nfatal: \\033]0;title\\007no\\nfatal: more\\n' >&2; yes x | head -c 5000 >&2; exit 128`,
  )
  const call = { args: ['fetch'], gitDir: '/', milliseconds: minute }
  const error = await runGit({ searchPath: path }, call).catch((e: unknown) => e as Error)
  assert.ok(error instanceof Error)
  assert.match(error.message, /^git fetch failed \(128\): fatal: \?\]0;title\?no; fatal: more; x$/)
})

void test('a token is taken out of what git says, also in the form in which it is sent', async (t) => {
  const sent = Buffer.from('me:s3cret').toString('base64')
  const path = await fakeGit(t, `echo "fatal: no s3cret ${sent} here" >&2; exit 128`)
  const credential = { user: 'me', token: 's3cret' }
  const connection = { scheme: 'https', config: [], env: {}, options: [], credential } as const
  const call = { args: ['fetch'], gitDir: '/', milliseconds: minute, connection }
  await assert.rejects(runGit({ searchPath: path }, call), {
    message: 'git fetch failed (128): fatal: no [redacted] [redacted] here',
  })
})

void test('nothing of our environment reaches git', async (t) => {
  const path = await fakeGit(t, 'env')
  process.env['GIT_DIR'] = '/elsewhere'
  process.env['SOLEWRITER_TEST_SECRET'] = 'x'
  t.after(() => {
    delete process.env['GIT_DIR']
    delete process.env['SOLEWRITER_TEST_SECRET']
  })
  const call = { args: ['fetch'], gitDir: '/', milliseconds: minute }
  const { output } = await runGit({ searchPath: path }, call)
  const names = output
    .toString()
    .split('\n')
    .filter((line) => line !== '')
  const values: Record<string, string | undefined> = {}
  for (const line of names)
    values[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1)
  // The shell itself adds some.
  for (const name of ['PWD', 'SHLVL', 'OLDPWD', '_']) delete values[name]
  assert.deepEqual(values, {
    PATH: path,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_COMMITTER_NAME: 'solewriter',
    GIT_COMMITTER_EMAIL: 'solewriter@localhost',
    GIT_REFLOG_ACTION: 'mirror',
  })
})

void test('an object process that ends fails the questions it owes and is started again', async (t) => {
  const { directory, commit } = await makeRemote(t)
  const head = await commit('main', { a: '1' })
  const path = await fakeGit(
    t,
    `[ -e ${directory}/died ] || { touch ${directory}/died; read line; exit 1; }; exec ${await realGit()} "$@"`,
  )
  const objects = new CatFile({ searchPath: path }, directory)
  t.after(() => objects.close())
  await assert.rejects(objects.info(head), { code: 'GitFailed' })
  // Not at once: a store that cannot be opened must not cost a process per question.
  await assert.rejects(objects.info(head), { code: 'GitFailed' })
  await eventually(async () => {
    const info = await objects.info(head).catch(() => undefined)
    return info?.type === 'commit'
  })
})

void test('an answer about another object is no answer', async (t) => {
  const path = await fakeGit(t, `while read line; do echo ${'b'.repeat(40)} commit 10; done`)
  const objects = new CatFile({ searchPath: path }, '/')
  t.after(() => objects.close())
  await assert.rejects(objects.info('a'.repeat(40)), { code: 'GitFailed' })
})

void test('names that are no object ids are never sent', async (t) => {
  const path = await fakeGit(t, 'exit 1')
  const objects = new CatFile({ searchPath: path }, '/')
  t.after(() => objects.close())
  for (const name of [
    'HEAD',
    `${'a'.repeat(40)}\n`,
    'a'.repeat(39),
    '--help',
    `${'a'.repeat(40)} x`,
  ]) {
    await assert.rejects(objects.contents(name), { message: 'not a full object id' }, name)
  }
})

async function realGit(): Promise<string> {
  for (const folder of searchPath.split(':')) {
    const found = await readFile(join(folder, 'git')).then(
      () => true,
      () => false,
    )
    if (found) return join(folder, 'git')
  }
  throw new Error('git is not installed')
}
