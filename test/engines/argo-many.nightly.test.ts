import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startArgo, told, type ArgoCluster } from './argo-cluster.ts'
import { application } from './argo-manifests.ts'
import { says } from './argo-step.ts'
import { documents } from './flux-manifests.ts'
import { firstWork, folders, manyCommits } from './many-commits.ts'
import { holdReplicas } from './slow-status.ts'

// The same 200 commits by stock Argo CD.

const commits = 200

let argo: ArgoCluster

before(async () => {
  const applications = folders.map((folder) => application(folder, { source: { path: folder } }))
  const files = { ...firstWork, 'apps/all.yaml': documents(...applications) }
  argo = await startArgo(files, { replicas: 3, with: ['webhook', 'argo-cd'] })
})
after(() => argo.end())

test('no commit of many is refused', { timeout: 3_600_000 }, async () => {
  let i = 0
  for (const { isOvertaken, files, declared } of manyCommits(commits)) {
    i += 1
    const commit = await argo.commit(files)
    if (isOvertaken) continue
    for (const name of folders) {
      await argo.refresh({ kind: 'Application', metadata: { namespace: 'argocd', name } })
    }
    if (i % 4 === 0) await holdReplicas(argo.cluster, 50 * (i % 16))
    await argo.settled(commit)
    for (const folder of folders) {
      for (const [name, text] of declared[folder]) {
        await says(argo, `${folder}/${name}`, { says: text })
      }
    }
  }
  assert.deepEqual(argo.denied().map(told), [])
})
