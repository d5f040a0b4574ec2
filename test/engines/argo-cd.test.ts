import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { greeting, startEngineCluster, type EngineCluster } from './engine-cluster.ts'

describe('Argo CD as plain processes', () => {
  let argoCd: EngineCluster

  before(async () => {
    argoCd = await startEngineCluster('argo-cd', 'argo-cd.yaml')
  })
  after(() => argoCd.end())

  test('applies what a commit declares, from a URL in place of the directory', async () => {
    await argoCd.says('kept', 'first')
    await argoCd.says('passing', 'first')
  })

  test('follows the next commit: changes, makes, prunes', async () => {
    await argoCd.fleet.commit({
      'apps/kept.yaml': greeting('kept', 'second'),
      'apps/passing.yaml': null,
      'apps/late.yaml': greeting('late', 'second'),
    })
    await argoCd.says('kept', 'second')
    await argoCd.says('late', 'second')
    await argoCd.says('passing', undefined)
  })

  test('goes on after its processes and the Git server were killed', async () => {
    const names = ['git', 'argocd-redis', 'argocd-repo-server', 'argocd-application-controller']
    for (const name of names) await argoCd.cluster.kill(name)
    await argoCd.fleet.commit({ 'apps/kept.yaml': greeting('kept', 'third') })
    for (const name of names) await argoCd.cluster.start(name)
    await argoCd.says('kept', 'third')
  })

  test('was refused nothing', () => {
    assert.deepEqual(argoCd.refusals(), [])
  })
})
