import assert from 'node:assert/strict'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import { authorIn } from '../../src/core/report/author.ts'
import { openCommitTexts } from '../../src/git/commit-texts.ts'
import { searchPath } from './mirrors.ts'
import { makeTemporary, runGit } from './remote.ts'

async function makeRepository(
  t: Parameters<typeof makeTemporary>[0],
  message = 'author Eve <e@x> 1 +0',
) {
  const directory = await makeTemporary(t)
  await runGit(directory, ['init', '-q', '-b', 'main'])
  const author = '--author=Ann Author <ann@acme.example>'
  await runGit(directory, ['commit', '-q', author, '--allow-empty', '-m', message])
  const id = (await readFile(join(directory, '.git/refs/heads/main'), 'utf8')).trim()
  return { directory, id }
}

await test('a commit is read whatever branch it is on, and is who made it', async (t) => {
  const { directory, id } = await makeRepository(t)
  await runGit(directory, ['checkout', '-q', '--detach'])
  await runGit(directory, ['branch', '-q', '-D', 'main'])
  await using texts = await openCommitTexts({ searchPath }, directory)
  const text = await texts.read(id)
  assert.deepEqual(authorIn(text ?? ''), {
    kind: 'claimed',
    name: 'Ann Author',
    email: 'ann@acme.example',
  })
})

await test('what is no commit of it is none', async (t) => {
  const { directory, id } = await makeRepository(t)
  await using texts = await openCommitTexts({ searchPath }, directory)
  const tree = /^tree (\w+)/.exec((await texts.read(id)) ?? '')?.[1] ?? ''
  for (const other of [tree, 'f'.repeat(40), '', 'HEAD', `${id}\ninfo HEAD`]) {
    assert.equal(await texts.read(other), undefined, other)
  }
})

await test('an object that was changed on disk is not believed', async (t) => {
  const { directory, id } = await makeRepository(t)
  const objects = join(directory, '.git', 'objects')
  const file = join(objects, id.slice(0, 2), id.slice(2))
  const other = await makeRepository(t, 'another')
  const forged = join(other.directory, '.git/objects', other.id.slice(0, 2), other.id.slice(2))
  await chmod(file, 0o600)
  await rm(file)
  await writeFile(file, await readFile(forged))
  await using texts = await openCommitTexts({ searchPath }, directory)
  await assert.rejects(texts.read(id), GuardError)
})

await test('a directory that is no repository is refused', async (t) => {
  await assert.rejects(openCommitTexts({ searchPath }, await makeTemporary(t)), GuardError)
})
