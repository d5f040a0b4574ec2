import assert from 'node:assert/strict'
import {
  appendFile,
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { openLocalRepository } from '../../src/git/local-repository.ts'
import { searchPath } from './mirrors.ts'
import { makeRemote, makeTemporary, runGit } from './remote.ts'

const now = () => 1_700_000_000_000

async function openLocal(
  t: TestContext,
  directory: string,
  branches: readonly string[] = ['main'],
) {
  const repository = await openLocalRepository('fleet', directory, branches, { searchPath, now })
  t.after(() => repository.stop())
  return repository
}

async function makeWorkingTree(t: TestContext): Promise<string> {
  const directory = await makeTemporary(t)
  await runGit(directory, ['init', '-q', '-b', 'main'])
  await writeFile(join(directory, 'a.yaml'), 'committed: 1\n')
  await runGit(directory, ['add', '.'])
  await runGit(directory, ['commit', '-q', '-m', 'x'])
  return directory
}

/** Every file with its size and time, to see that nothing is written. */
async function fingerprint(directory: string): Promise<readonly string[]> {
  const files = await readdir(directory, { recursive: true })
  return Promise.all(
    files.toSorted().map(async (file) => {
      const { size, mtimeMs, ctimeMs } = await stat(join(directory, file))
      return `${file} ${size} ${mtimeMs} ${ctimeMs}`
    }),
  )
}

void test('committed branches of a bare repository are the tips, fresh at any time', async (t) => {
  const remote = await makeRemote(t)
  const old = await remote.commit('main', { a: '1' })
  const head = await remote.commit('main', { a: '2' })
  const repository = await openLocal(t, remote.directory, ['main', 'none'])
  assert.deepEqual(repository.tips(), [{ branch: 'main', commit: head }])
  assert.deepEqual(await repository.commit(old), { kind: 'reachable', branches: ['main'] })
  assert.equal(repository.tipUntil('main', head), Infinity)
  assert.equal(repository.tipUntil('main', old), undefined)
  assert.deepEqual(repository.previousTips('main'), [])
  assert.equal(repository.fetchedAt(), now())
  assert.equal(repository.problem(), undefined)
  await repository.refresh(AbortSignal.timeout(1000))
})

void test('of a working tree only what is committed counts, and nothing in it is written', async (t) => {
  const directory = await makeWorkingTree(t)
  await writeFile(join(directory, 'a.yaml'), 'edited: 1\n')
  await writeFile(join(directory, 'new.yaml'), 'new: 1\n')
  const before = await fingerprint(directory)
  const repository = await openLocal(t, directory)
  const [tip] = repository.tips()
  const files = await repository.list(tip?.commit ?? '', '')
  assert.deepEqual(
    files.map(({ path }) => path),
    ['a.yaml'],
  )
  const bytes = await repository.blob(files[0]?.oid ?? '', 100)
  assert.equal(Buffer.from(bytes).toString(), 'committed: 1\n')
  assert.equal(await repository.treeAt(tip?.commit ?? '', 'new.yaml'), undefined)
  await repository.stop()
  assert.deepEqual(await fingerprint(directory), before)
})

void test('a linked working tree, whose .git is a file, is followed', async (t) => {
  const directory = await makeWorkingTree(t)
  const linked = join(await makeTemporary(t), 'linked')
  await runGit(directory, ['worktree', 'add', '-q', '--detach', linked])
  assert.match(await readFile(join(linked, '.git'), 'utf8'), /^gitdir:/)
  const repository = await openLocal(t, linked)
  assert.equal(repository.tips().length, 1)
})

void test('a shallow clone shows the commits that it has', async (t) => {
  const remote = await makeRemote(t)
  const [old, head] = await remote.grow('main', 2)
  const directory = await makeTemporary(t)
  await runGit(directory, ['clone', '-q', '--depth=1', remote.url, 'shallow'])
  const repository = await openLocal(t, join(directory, 'shallow'))
  assert.equal((await repository.commit(head ?? '')).kind, 'reachable')
  assert.equal((await repository.commit(old ?? '')).kind, 'unknown')
})

void test('a repository without the branch says so', async (t) => {
  const remote = await makeRemote(t)
  const repository = await openLocal(t, remote.directory, ['main', 'release'])
  assert.deepEqual(repository.tips(), [])
  assert.equal(repository.problem(), `${remote.directory} has no commit on main, release`)
})

void test('what is no repository is refused, also below one', async (t) => {
  const directory = await makeWorkingTree(t)
  await mkdir(join(directory, 'folder'))
  for (const place of [join(directory, 'folder'), join(directory, 'none'), '/']) {
    await assert.rejects(openLocalRepository('fleet', place, ['main'], { searchPath, now }), {
      code: 'GitFailed',
      message: `${place} is not a Git repository`,
    })
  }
})

void test(
  'a repository of another user can be read',
  { skip: process.getuid?.() !== 0 },
  async (t) => {
    const directory = await makeWorkingTree(t)
    for (const file of [directory, ...(await readdir(directory, { recursive: true }))]) {
      await chown(file === directory ? file : join(directory, file), 12345, 12345)
    }
    const repository = await openLocal(t, directory)
    assert.equal(repository.tips().length, 1)
  },
)

void test('hooks and configuration of the repository run nothing', async (t) => {
  const directory = await makeWorkingTree(t)
  const trace = join(await makeTemporary(t), 'ran')
  const script = `${trace}.sh`
  await writeFile(script, `#!/bin/sh\ntouch ${trace}\n`)
  await chmod(script, 0o755)
  const keys = ['core.fsmonitor', 'core.pager', 'core.editor', 'core.sshCommand', 'gpg.program']
  for (const key of [...keys, 'core.alternateRefsCommand', 'diff.external', 'pager.rev-list']) {
    await runGit(directory, ['config', key, script])
  }
  await appendFile(
    join(directory, '.git/config'),
    `[extensions]\n\tpartialClone = evil\n[remote "evil"]\n\turl = ext::${script}\n\tpromisor = true\n[core]\n\trepositoryFormatVersion = 1\n`,
  )
  const repository = await openLocal(t, directory)
  const [tip] = repository.tips()
  assert.equal((await repository.list(tip?.commit ?? '', '')).length, 1)
  // In a partial clone, asking for what is not there would fetch it.
  assert.deepEqual(await repository.commit('e'.repeat(40)), { kind: 'unknown' })
  assert.deepEqual(await readdir(join(trace, '..')), ['ran.sh'])
})
