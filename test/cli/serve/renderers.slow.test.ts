import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { ensureBinaries } from '../../cluster/binaries.ts'
import { makeRemote } from '../../git/remote.ts'
import { policyWith, repository } from './policies.ts'
import { eventually, makeSite } from './serving.ts'

const sources = [
  { path: 'prod', renderer: 'kustomize' },
  { path: 'apps', renderer: 'plain' },
]
const policy = policyWith({ repositories: [repository('fleet', { sources })] })
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'
const files = {
  'prod/kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: prod-\n',
  'prod/a.yaml': configMap,
  'apps/a.yaml': configMap,
}

test('a renderer that is missing is said at the start, and denies nothing but its own sources', async (t) => {
  const remote = await makeRemote(t)
  await remote.commit('main', files)
  const site = await makeSite(t, { policy, repositories: { fleet: remote.directory } })
  const program = path.join(site.dir, 'kustomize')
  const serve = await site.start({ args: ['--kustomize', program] })
  await eventually('both sources are looked at', () => serve.log.count('source_indexed') === 2)
  assert.equal(serve.log.count('renderer_unusable'), 1)
  const { ready, checks } = await serve.readiness()
  assert.ok(ready)
  const detail = `${program} does not say its version`
  assert.deepEqual(checks['renderer kustomize'], { ok: false, detail })
  assert.equal(checks['renderer helm'], undefined)
  assert.match(await serve.metrics(), /^solewriter_manifests_unread\{repository="fleet"\} 1$/m)
  const read = serve.log.of('source_indexed')
  assert.deepEqual(
    new Map(read.map(({ source, objects }) => [source, objects])),
    new Map([
      ['prod', 0],
      ['apps', 1],
    ]),
  )
})

test('a renderer that is named is used', async (t) => {
  const { kustomize } = await ensureBinaries(['kustomize'], () => undefined)
  const remote = await makeRemote(t)
  await remote.commit('main', files)
  const site = await makeSite(t, { policy, repositories: { fleet: remote.directory } })
  const serve = await site.start({ args: ['--kustomize', kustomize.path] })
  await eventually('both sources are read', () => serve.log.count('source_indexed') === 2)
  assert.equal(serve.log.count('manifest_not_read'), 0)
  const { checks } = await serve.readiness()
  assert.deepEqual(checks['renderer kustomize'], {
    ok: true,
    detail: `${kustomize.path} ${kustomize.version.slice(1)}`,
  })
})
