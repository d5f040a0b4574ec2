import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { greeting, startEngineCluster, type EngineCluster } from './engine-cluster.ts'

describe('Flux as plain processes', () => {
  let flux: EngineCluster

  before(async () => {
    flux = await startEngineCluster('flux', 'flux.yaml')
  })
  after(() => flux.end())

  test('applies what a commit declares, from a URL in place of the directory', async () => {
    await flux.says('kept', 'first')
    await flux.says('passing', 'first')
  })

  test('follows the next commit: changes, makes, prunes', async () => {
    await flux.fleet.commit({
      'apps/kept.yaml': greeting('kept', 'second'),
      'apps/passing.yaml': null,
      'apps/late.yaml': greeting('late', 'second'),
    })
    await flux.says('kept', 'second')
    await flux.says('late', 'second')
    await flux.says('passing', undefined)
  })

  test('goes on after its processes and the Git server were killed', async () => {
    const names = ['git', 'source-controller', 'kustomize-controller']
    for (const name of names) await flux.cluster.kill(name)
    await flux.fleet.commit({ 'apps/kept.yaml': greeting('kept', 'third') })
    for (const name of names) await flux.cluster.start(name)
    await flux.says('kept', 'third')
  })

  test('was refused nothing', () => {
    assert.deepEqual(flux.refusals(), [])
  })

  test('writes as the account of a Pod', async () => {
    const args = ['auth', 'whoami', '-o', 'json']
    const { stdout } = await flux.cluster.kubectl('kustomize-controller', args)
    const { username, extra } = (JSON.parse(stdout) as WhoAmI).status.userInfo
    assert.equal(username, 'system:serviceaccount:flux-system:kustomize-controller')
    assert.equal(extra['authentication.kubernetes.io/pod-name']?.length, 1)
  })
})

interface WhoAmI {
  readonly status: {
    readonly userInfo: {
      readonly username: string
      readonly extra: Readonly<Record<string, readonly string[]>>
    }
  }
}
