import assert from 'node:assert/strict'
import {
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import {
  clientLayout,
  createDirectoryStore,
  readDirectory,
  serverLayout,
} from '../../src/certs/directory-store.ts'
import type { CertificateMaterial } from '../../src/certs/store.ts'
import { createMemoryPlace } from './memory-store.ts'
import { temporaryDirectory } from './pki.ts'
import { testAuthorityStore } from './store-contract.ts'

const now = () => Date.now()
const material: CertificateMaterial = {
  caBundlePem: 'bundle',
  caKeyPem: 'authority key',
  certificatePem: 'certificate',
  keyPem: 'key',
}

testAuthorityStore('memory', async () => createMemoryPlace())
testAuthorityStore('directory', async (t) => {
  const dir = path.join(await temporaryDirectory(t), 'not', 'there', 'yet')
  return { open: () => createDirectoryStore({ dir, layout: serverLayout, now }) }
})

test('the files have the names of a mounted Secret, and keys are for their owner only', async (t) => {
  const dir = path.join(await temporaryDirectory(t), 'certs')
  await createDirectoryStore({ dir, layout: serverLayout, now }).save(material, undefined)
  const texts = ['ca.crt', 'ca.key', 'tls.crt', 'tls.key'].map((name) =>
    readFile(path.join(dir, name), 'utf8'),
  )
  assert.deepEqual(await Promise.all(texts), Object.values(material))
  assert.equal((await stat(dir)).mode & 0o777, 0o700)
  for (const name of ['ca.key', 'tls.key']) {
    assert.equal((await stat(path.join(dir, name))).mode & 0o777, 0o600)
  }
})

test('a server set and a client set share a directory without touching each other', async (t) => {
  const dir = await temporaryDirectory(t)
  const server = createDirectoryStore({ dir, layout: serverLayout, now })
  const client = createDirectoryStore({ dir, layout: clientLayout, now })
  await server.save(material, undefined)
  assert.equal(await client.load(), undefined)
  await client.save({ ...material, keyPem: 'another' }, undefined)
  assert.equal((await server.load())?.material.keyPem, 'key')
  assert.equal(await readFile(path.join(dir, 'client.key'), 'utf8'), 'another')
})

test('old generations and abandoned drafts are cleared away, drafts under way are not', async (t) => {
  const dir = await temporaryDirectory(t)
  await mkdir(path.join(dir, '..server-draft-dead'))
  await utimes(path.join(dir, '..server-draft-dead'), 1, 1)
  await mkdir(path.join(dir, '..server-draft-alive'))
  const store = createDirectoryStore({ dir, layout: serverLayout, now })
  for (let round = 0; round < 4; round += 1) {
    await store.save(material, (await store.load())?.version)
  }
  const hidden = (await readdir(dir)).filter((name) => name.startsWith('..')).sort()
  assert.deepEqual(hidden, ['..server', '..server-3', '..server-4', '..server-draft-alive'])
  assert.equal(await readlink(path.join(dir, '..server')), '..server-4')
})

test('links that a dead writer did not move are moved by the next to load', async (t) => {
  const dir = await temporaryDirectory(t)
  const store = createDirectoryStore({ dir, layout: serverLayout, now })
  await store.save(material, undefined)
  await store.save({ ...material, keyPem: 'new' }, '1')
  await unlink(path.join(dir, '..server'))
  await symlink('..server-1', path.join(dir, '..server'))
  await unlink(path.join(dir, 'tls.crt'))
  assert.equal((await readDirectory({ dir, layout: serverLayout }))?.material.keyPem, 'new')
  assert.equal(await readFile(path.join(dir, 'tls.key'), 'utf8'), 'key', 'looking changes nothing')
  await store.load()
  assert.equal(await readFile(path.join(dir, 'tls.key'), 'utf8'), 'new')
  assert.equal(await readFile(path.join(dir, 'tls.crt'), 'utf8'), 'certificate')
})

test('a writer that slept for several generations gets a conflict and changes nothing', async (t) => {
  const dir = await temporaryDirectory(t)
  const store = createDirectoryStore({ dir, layout: serverLayout, now })
  for (const version of [undefined, '1', '2', '3']) await store.save(material, version)
  await mkdir(path.join(dir, '..server-2'))
  await writeFile(path.join(dir, '..server-2', 'tls.key'), 'late')
  assert.equal(await store.save({ ...material, keyPem: 'later' }, '1'), 'conflict')
  const loaded = await store.load()
  assert.deepEqual([loaded?.version, loaded?.material], ['4', material])
})

test('a key that somebody else put there is not replaced', async (t) => {
  const dir = await temporaryDirectory(t)
  await writeFile(path.join(dir, 'ca.key'), 'precious')
  const store = createDirectoryStore({ dir, layout: serverLayout, now })
  await assert.rejects(store.save(material, undefined), {
    code: 'SettingsInvalid',
    message: /ca\.key was not made by solewriter/,
  })
  assert.deepEqual(await readdir(dir), ['ca.key'])
  assert.equal(await readFile(path.join(dir, 'ca.key'), 'utf8'), 'precious')
})

test('a file in place of the directory is an error that names it', async (t) => {
  const dir = path.join(await temporaryDirectory(t), 'file')
  await writeFile(dir, '')
  const store = createDirectoryStore({ dir, layout: serverLayout, now })
  await assert.rejects(store.load(), { code: 'CertificateUnreadable' })
  await assert.rejects(store.save(material, undefined), { code: 'CertificateUnreadable' })
})

test('what lies in the generation as a directory or is missing is no text', async (t) => {
  const dir = await temporaryDirectory(t)
  const store = createDirectoryStore({ dir, layout: serverLayout, now })
  await store.save(material, undefined)
  await unlink(path.join(dir, '..server-1', 'ca.key'))
  assert.equal((await store.load())?.material.caKeyPem, '')
  await mkdir(path.join(dir, '..server-1', 'ca.key'))
  await assert.rejects(store.load(), { message: /ca\.key: it is not a regular file/ })
})
