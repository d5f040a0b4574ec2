import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { clusterUid, goodClaims, signed } from '../../core/breakglass/issuing.ts'
import { begin, grantName, minute } from '../../core/decision/granting.ts'
import { call } from './calling.ts'
import { startCluster, refuse } from './fake-cluster.ts'

const begins = await startCluster()

describe('RBAC is asked first', () => {
  test('about every resource of the scope, and the right to make a grant', async () => {
    const cluster = begins()
    await call(cluster, ['activate'], { input: signed() })
    const common = { verb: 'patch', namespace: 'payments', name: 'api', group: 'apps' }
    assert.deepEqual(cluster.asked, [
      {
        verb: 'create',
        group: 'solewriter.dev',
        resource: 'breakglassgrants',
        subresource: '',
        namespace: '',
        name: '',
      },
      { ...common, resource: 'deployments', subresource: '' },
      { ...common, resource: 'deployments', subresource: 'scale' },
    ])
  })

  test('what it refuses in part is named, and the rest goes on', async () => {
    const cluster = begins({ refuses: ({ subresource }) => subresource === 'scale' })
    const { code, err } = await call(cluster, ['activate'], { input: signed() })
    assert.equal(code, 0)
    assert.equal(
      err,
      'RBAC refuses alice@acme.example: patch deployments.apps/scale api in payments\n',
    )
  })

  test('where nothing would be left, nothing is created', async () => {
    const cluster = begins({ refuses: ({ group }) => group === 'apps' })
    const { code, out, err } = await call(cluster, ['activate'], { input: signed() })
    assert.deepEqual([code, out], [1, ''])
    assert.match(
      err,
      /patch deployments\.apps api in payments\n.*deployments\.apps\/scale.*\nA break-glass grant does not change that: nothing was created/,
    )
    assert.equal(cluster.grants.stored(grantName), undefined)
  })

  test('a no about more than the scope is no reason to give up', async () => {
    const names = {
      authorization_details: [{ ...goodClaims.authorization_details[0], names: ['api-*'] }],
    }
    const cluster = begins({ refuses: ({ group }) => group === 'apps' })
    const { code } = await call(cluster, ['activate'], { input: signed(names) })
    assert.equal(code, 0)
  })

  test('who may not make grants is told which role does', async () => {
    const cluster = begins({ refuses: ({ verb }) => verb === 'create' })
    const { code, err } = await call(cluster, ['activate'], { input: signed() })
    assert.equal(code, 1)
    assert.match(err, /may not create BreakGlassGrants: .*solewriter-holder/)
  })

  test('updating is as good as patching', async () => {
    const cluster = begins({ refuses: ({ verb }) => verb === 'patch' })
    const { code, err } = await call(cluster, ['activate'], { input: signed() })
    assert.deepEqual([code, err], [0, ''])
  })
})

test('the clock of the API server counts, not ours', async () => {
  const cluster = begins()
  const { code, err } = await call(cluster, ['activate'], {
    input: signed(),
    now: () => begin - 60 * minute,
  })
  assert.equal(code, 0, err)
  assert.match(err, /^your clock and that of 127\.0\.0\.1:\d+ differ by 3600 s: theirs counts\n$/)
})

test('who may not read kube-system leaves the question of the cluster to the cluster', async () => {
  const cluster = begins({
    instead: ({ url }, response) => {
      if (url?.endsWith('kube-system') !== true) return false
      refuse(response, { code: 403, reason: 'Forbidden', message: 'no' })
      return true
    },
  })
  assert.equal((await call(cluster, ['activate'], { input: signed() })).code, 0)
  const token = signed({ aud: 'urn:solewriter:cluster:other', jti: clusterUid })
  const { code, err } = await call(cluster, ['activate'], { input: token })
  assert.equal(code, 1)
  assert.match(err, /WrongCluster: .*\nChoose the cluster/)
})
