import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startFlux, told, type FluxCluster } from './flux-cluster.ts'
import { documents, kustomization, namespace } from './flux-manifests.ts'
import { says } from './flux-step.ts'
import { firstWork, folders, manyCommits } from './many-commits.ts'
import { holdReplicas } from './slow-status.ts'

// 200 commits by stock Flux with three replicas: the requests of every fourth come together with the
// status that explains them, and one in five is overtaken by the next before it is applied.

const commits = 200

let flux: FluxCluster

before(async () => {
  flux = await startFlux(
    {
      ...firstWork,
      'clusters/prod/all.yaml': documents(
        ...folders.map((folder) => namespace(folder)),
        ...folders.map((folder) => kustomization(folder, { path: `./${folder}` })),
      ),
    },
    { replicas: 3 },
  )
  await flux.applied((await flux.fleet.git(['rev-parse', 'main'])).trim())
})
after(() => flux.end())

test('no commit of many is refused', { timeout: 3_600_000 }, async () => {
  let i = 0
  for (const { isOvertaken, files, declared } of manyCommits(commits)) {
    i += 1
    const commit = await flux.fleet.commit(files)
    if (isOvertaken) continue
    await flux.reconcile({ kind: 'GitRepository', namespace: 'flux-system', name: 'fleet' })
    if (i % 4 === 0) await holdReplicas(flux.cluster, 50 * (i % 16))
    await flux.applied(commit)
    for (const folder of folders) {
      for (const [name, text] of declared[folder]) await says(flux, name, { says: text }, folder)
    }
  }
  assert.deepEqual(flux.denied().map(told), [])
})
