import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { filledIn } from './setup-files.ts'

const url = 'http://127.0.0.1:20001/fleet.git'
const git = { fleet: url }

async function makeSetup(t: TestContext) {
  const dir = await mkdtemp(path.join(tmpdir(), 'solewriter-setup-'))
  t.after(() => rm(dir, { recursive: true }))
  const source = path.join(dir, 'setup')
  await mkdir(path.join(source, 'later'), { recursive: true })
  await writeFile(path.join(source, 'plain.yaml'), 'a: 1\n')
  const filled = path.join(source, 'later', 'engine.yaml')
  await writeFile(filled, "url: '{{git.fleet}}'\nagain: {{ git.fleet }}\nother: {{template}}\n")
  return { source, filled, copy: path.join(dir, 'copy') }
}

test('a directory that names a repository is copied with its URL', async (t) => {
  const { source, copy } = await makeSetup(t)
  const result = filledIn(source, git, copy)
  const read = (file: string) => readFile(path.join(result, file), 'utf8')
  assert.equal(await read('plain.yaml'), 'a: 1\n')
  const expected = `url: '${url}'\nagain: ${url}\nother: {{template}}\n`
  assert.equal(await read(path.join('later', 'engine.yaml')), expected)
})

test('so is a single file', async (t) => {
  const { filled, copy } = await makeSetup(t)
  assert.match(await readFile(filledIn(filled, git, copy), 'utf8'), /^url: 'http:/)
})

test('what names none is applied from where it is', async (t) => {
  const { source, copy } = await makeSetup(t)
  const plain = path.join(source, 'plain.yaml')
  assert.equal(filledIn(plain, git, copy), plain)
})

for (const served of [{}, { Fleet: url }]) {
  test(`a repository that is not among ${JSON.stringify(served)} is refused by its name`, async (t) => {
    const { source, copy } = await makeSetup(t)
    assert.throws(
      () => filledIn(source, served, copy),
      /engine\.yaml: \{\{git\.fleet\}\} has no URL/,
    )
  })
}
