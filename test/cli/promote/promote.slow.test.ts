import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import {
  api,
  apiFile,
  apiPath,
  grantName,
  startPromoting,
  use,
  type Promoting,
} from './promoting.ts'

const branch = `break-glass/${grantName}`
const image = 'spec.template.spec.containers[name=api].image'
const files = { 'apps/api.yaml': apiFile }
const scaled = (n: number, replicas: number, more: object = {}) =>
  use({ n, paths: ['spec.replicas'], after: api(replicas), ...more })

function pushed({ remote }: Promoting, file = 'apps/api.yaml'): string | undefined {
  return remote.file(branch, file)
}

describe('promote', () => {
  test('commits what uses left, with who did it and why', async () => {
    const given = await startPromoting({
      files,
      uses: [scaled(1, 4), use({ n: 2, paths: [image], after: api(5, 'api:2') }), scaled(3, 5)],
      objects: { [apiPath]: api(5, 'api:2') },
    })
    const { code, out, err } = await given.promote()
    assert.deepEqual([code, err], [0, ''])
    assert.equal(
      pushed(given),
      apiFile.replace('replicas: 3', 'replicas: 5').replace('api:1', 'api:2'),
    )
    assert.match(
      out,
      new RegExp(`^branch +${branch} of fleet, [0-9a-f]{12}, to be merged into main$`, 'm'),
    )
    assert.equal(
      given.remote.git('log', '-1', '--format=%B', branch).trim(),
      `Break-glass: Deployment pay/api: ${image}, spec.replicas
`.slice(0, 69) +
        `...

INC-42: too few

Written under the break-glass grant
${grantName} of alice:

1. 2026-06-01T11:01:00Z UPDATE deployments.apps pay/api: spec.replicas
   (decision 01KHYQXZ0078MA14MKNCEM78N1)
2. 2026-06-01T11:02:00Z UPDATE deployments.apps pay/api:
   ${image} (decision
   01KHYQXZ0078MA14MKNCEM78N2)
3. 2026-06-01T11:03:00Z UPDATE deployments.apps pay/api: spec.replicas
   (decision 01KHYQXZ0078MA14MKNCEM78N3)

Incident: INC-42
Break-Glass-Resolves: ${grantName}`,
    )
  })

  test('takes from the grant what the cluster does not have any more', async () => {
    const diff = [{ op: 'replace', path: 'spec.replicas', from: '3', value: '5' }]
    const given = await startPromoting({
      files,
      uses: [scaled(1, 5, { diff })],
      objects: { [apiPath]: api(9) },
    })
    const { code, err } = await given.promote()
    assert.deepEqual([code, err], [0, ''])
    assert.match(pushed(given) ?? '', /replicas: 5 #/)
  })

  test('guesses nothing: what nobody tells is left to people', async () => {
    const given = await startPromoting({
      files,
      uses: [scaled(1, 5), use({ n: 2, paths: [image], after: api(5, 'api:2') })],
      objects: { [apiPath]: api(9, 'api:2') },
    })
    const refused = await given.promote()
    assert.equal(refused.code, 1)
    assert.match(refused.out, /spec\.replicas is not as use 1 left it any more.*--live/)
    assert.equal(pushed(given), undefined)
    assert.equal((await given.promote('--use', '2')).code, 0)
    assert.equal(pushed(given), apiFile.replace('api:1', 'api:2'))
    assert.equal((await given.promote('--live')).code, 0)
    assert.equal(
      pushed(given),
      apiFile.replace('replicas: 3', 'replicas: 9').replace('api:1', 'api:2'),
    )
  })

  test('a diff that does not fit the digest is no answer', async () => {
    const diff = [{ op: 'replace', path: 'spec.replicas', from: '3', value: '500' }]
    const given = await startPromoting({
      files,
      uses: [scaled(1, 5, { diff })],
      objects: { [apiPath]: api(9) },
    })
    assert.equal((await given.promote()).code, 1)
    assert.equal(pushed(given), undefined)
  })

  test('fields of another version are not taken for those of Git', async () => {
    const given = await startPromoting({
      files: { 'apps/api.yaml': apiFile.replace('apps/v1', 'apps/v1beta9') },
      uses: [scaled(1, 5)],
      objects: { [apiPath]: api(5) },
    })
    const { code, out } = await given.promote()
    assert.equal(code, 1)
    assert.match(out, /Git declares it as apps\/v1beta9, and the use wrote apps\/v1/)
  })

  test('what has come to nothing, and what is settled, is left out', async () => {
    const resolution = { kind: 'Reverted', repository: 'fleet', commit: 'c', at: 'x' }
    const given = await startPromoting({
      files,
      uses: [
        scaled(1, 5, { more: { state: 'NotCommitted' } }),
        use({ n: 2, paths: [image], after: api(3, 'api:9'), more: { resolution } }),
      ],
      objects: { [apiPath]: api(3, 'api:9') },
    })
    const { code, out } = await given.promote()
    assert.equal(code, 0)
    assert.match(out, /nothing to do/)
    assert.equal(pushed(given), undefined)
  })

  const acts: readonly (readonly [string, JsonObject, RegExp, number])[] = [
    [
      'an exec says nothing to Git',
      use({ op: 'CONNECT', group: '', resource: 'pods', subresource: 'exec', paths: [] }),
      /skipped +use 1, pods\/exec pay\/api: nothing of it/,
      0,
    ],
    [
      'a Secret does not go there',
      use({ group: '', resource: 'secrets', kind: 'Secret', paths: ['data.a'] }),
      /blocked +use 1, secrets pay\/api: values of Secrets/,
      1,
    ],
    [
      'a collection does not say what it was',
      use({ op: 'DELETE', name: '' }),
      /blocked +use 1, .*does not say which objects/,
      1,
    ],
    [
      'a Job runs once',
      use({ op: 'CREATE', group: 'batch', resource: 'jobs', kind: 'Job', name: 'api' }),
      /skipped +use 1, jobs.batch pay\/api: it runs once/,
      0,
    ],
    [
      'what is gone is gone',
      use({ op: 'CREATE', group: '', resource: 'configmaps', kind: 'ConfigMap', name: 'x' }),
      /skipped +use 1, configmaps pay\/x: it is gone by now/,
      0,
    ],
    [
      'what Git does not declare has nothing to change there',
      use({
        group: '',
        resource: 'configmaps',
        kind: 'ConfigMap',
        name: 'loose',
        paths: ['data.a'],
        after: { data: { a: '1' } },
      }),
      /skipped +ConfigMap pay\/loose: data\.a\n +Git does not declare it/,
      0,
    ],
  ]
  for (const [title, one, said, expected] of acts) {
    test(title, async () => {
      const loose = { kind: 'ConfigMap', metadata: { name: 'loose' }, data: { a: '1' } }
      const given = await startPromoting({
        files,
        uses: [one],
        objects: {
          '/apis/batch/v1/namespaces/pay/jobs/api': { kind: 'Job', metadata: { name: 'api' } },
          '/api/v1/namespaces/pay/configmaps/loose': loose,
        },
      })
      const { code, out, err } = await given.promote()
      assert.equal(code, expected, err)
      assert.match(out, said)
      assert.equal(pushed(given), undefined)
    })
  }

  test('one that cannot be written keeps all of them back', async () => {
    const given = await startPromoting({
      files,
      uses: [scaled(1, 5), use({ n: 2, group: '', resource: 'secrets', kind: 'Secret' })],
      objects: { [apiPath]: api(5) },
    })
    const { code, out } = await given.promote()
    assert.equal(code, 1)
    assert.match(out, /^nothing was pushed$/m)
    assert.equal(pushed(given), undefined)
    assert.equal((await given.promote('--use', '1')).code, 0)
  })

  test('later uses come on top, also of what was squashed into the base meanwhile', async () => {
    const uses = [scaled(1, 5)]
    const given = await startPromoting({ files, uses, objects: { [apiPath]: api(5) } })
    assert.equal((await given.promote()).code, 0)
    const { remote } = given
    remote.commit(
      'main',
      { 'apps/api.yaml': pushed(given), 'apps/other.yaml': '# new\n' },
      'squashed',
    )
    assert.match((await given.promote()).out, /nothing to do: Git says so already/)
    uses.push(scaled(2, 7))
    given.objects.set(apiPath, api(7))
    const { code, out, err } = await given.promote()
    assert.equal(code, 0, err + out)
    assert.equal(pushed(given), apiFile.replace('replicas: 3', 'replicas: 7'))
    assert.equal(pushed(given, 'apps/other.yaml'), '# new\n')
    remote.merge(branch)
    assert.match(remote.file('main', 'apps/api.yaml') ?? '', /replicas: 7/)
  })

  test('an object goes, and one comes, without what the cluster made of it', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web',
        namespace: 'pay',
        uid: 's',
        resourceVersion: '7',
        creationTimestamp: 'x',
      },
      spec: {
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
        selector: { app: 'web' },
        clusterIP: '10.0.0.9',
        clusterIPs: ['10.0.0.9'],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
        sessionAffinity: 'None',
        type: 'ClusterIP',
      },
      status: { loadBalancer: {} },
    }
    const given = await startPromoting({
      files: { 'apps/pay/api.yaml': apiFile },
      uses: [
        use({ op: 'DELETE' }),
        use({ n: 2, op: 'CREATE', group: '', resource: 'services', kind: 'Service', name: 'web' }),
      ],
      objects: { '/api/v1/namespaces/pay/services/web': service },
    })
    const { code, out, err } = await given.promote()
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /^written +remove Deployment pay\/api in/m)
    assert.equal(pushed(given, 'apps/pay/api.yaml'), undefined)
    assert.equal(
      pushed(given, 'apps/pay/service-web.yaml'),
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: pay\nspec:\n  ports:\n  - port: 80\n  selector:\n    app: web\n',
    )
  })

  test('a grant that is not there, and a use that is none', async () => {
    const given = await startPromoting({ files, uses: [] })
    assert.equal((await given.promote('--use', 'x')).code, 2)
    assert.match((await given.promote()).out, /nothing to do/)
  })
})
