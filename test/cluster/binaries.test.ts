import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { familyOf, programNames, type ProgramName } from './families.ts'
import { run } from './run.ts'

const main = path.join(import.meta.dirname, 'main.ts')
const etcd = familyOf('etcd')
const here = etcd.version.slice(1)
const elsewhere = '3.1.0'

interface Place {
  readonly assets: string
  readonly onPath: string
  readonly cache: string
  /** Runs `binaries --only NAME` with nothing but this place to look at. */
  find(name?: ProgramName): ReturnType<typeof run>
}

async function makePlace(t: TestContext): Promise<Place> {
  const dir = await mkdtemp(path.join(tmpdir(), 'solewriter-binaries-'))
  t.after(() => rm(dir, { recursive: true }))
  const [assets = '', onPath = '', cache = ''] = ['assets', 'path', 'cache'].map((name) =>
    path.join(dir, name),
  )
  await Promise.all([mkdir(assets), mkdir(onPath)])
  const env = {
    HOME: dir,
    PATH: onPath,
    KUBEBUILDER_ASSETS: assets,
    XDG_CACHE_HOME: cache,
    SOLEWRITER_OFFLINE: '1',
  }
  const find: Place['find'] = (name = 'etcd') =>
    run(process.execPath, [main, 'binaries', '--only', name, '-o', 'json'], { env })
  return { assets, onPath, cache, find }
}

/** An etcd that can say its version. */
async function put(dir: string, version: string): Promise<string> {
  await mkdir(dir, { recursive: true })
  const file = path.join(dir, 'etcd')
  await writeFile(file, `#!/bin/sh\necho "etcd Version: ${version}"\n`, { mode: 0o755 })
  return file
}

async function found(place: Place): Promise<unknown> {
  const { code, stdout, stderr } = await place.find()
  assert.equal(code, 0, stderr)
  return (JSON.parse(stdout) as { etcd: unknown }).etcd
}

test('KUBEBUILDER_ASSETS comes first, whatever version is there', async (t) => {
  const place = await makePlace(t)
  const file = await put(place.assets, elsewhere)
  await put(place.onPath, here)
  const source = 'KUBEBUILDER_ASSETS'
  assert.deepEqual(await found(place), { path: file, version: `v${elsewhere}`, source })
})

test('PATH comes next, if the minor version fits', async (t) => {
  const place = await makePlace(t)
  const file = await put(place.onPath, here)
  assert.deepEqual(await found(place), { path: file, version: etcd.version, source: 'PATH' })
})

test('what PATH has of another minor version does not count', async (t) => {
  const place = await makePlace(t)
  await put(place.onPath, elsewhere)
  const file = await put(
    path.join(place.cache, 'solewriter', 'cluster', path.basename(etcd.cacheDir)),
    here,
  )
  assert.deepEqual(await found(place), { path: file, version: etcd.version, source: 'cache' })
})

test('with no way to have it, each way says why', async (t) => {
  const { code, stdout, stderr } = await (await makePlace(t)).find()
  assert.equal(code, 3)
  assert.equal(stdout, '')
  assert.match(stderr, /no etcd v\S+ to be had/)
  assert.match(stderr, /SOLEWRITER_OFFLINE is set/)
  assert.match(stderr, /go build etcd failed/)
})

test('each binary has a package to build it from, in a module of its family', () => {
  const places = /^(?:(?:sigs\.)?k8s\.io|go\.etcd\.io|helm\.sh|github\.com|solewriter\.dev)\//
  for (const name of programNames) assert.match(familyOf(name).packages[name] ?? '', places)
})

test('an engine is taken from nowhere but its own build', async (t) => {
  const place = await makePlace(t)
  const file = path.join(place.onPath, 'argocd')
  await writeFile(file, '#!/bin/sh\necho v3.5.7\n', { mode: 0o755 })
  const { code, stderr } = await place.find('argocd')
  assert.equal(code, 3)
  assert.match(stderr, /no official argocd for download/)
})
