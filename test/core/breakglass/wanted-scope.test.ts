import assert from 'node:assert/strict'
import { test } from 'node:test'
import { presetNamed, presets } from '../../../src/core/breakglass/presets.ts'
import { makeScope, type WantedScope } from '../../../src/core/breakglass/wanted-scope.ts'
import { goodClaims, signed, verdictOn } from './issuing.ts'

type Given = Omit<WantedScope, 'preset'>

/** `operations group resources namespaces names fields`, one line for each entry. */
function scope(name: string, given: Given = {}): string {
  const made = makeScope({ preset: presetNamed(name) ?? assert.fail(name), ...given })
  if (made.kind === 'refused') return made.message
  return made.details
    .map((one) => {
      const { operations, apiGroups, resources, namespaces, names, fields } = one
      const parts = [
        operations,
        apiGroups,
        resources,
        namespaces ?? ['-'],
        names ?? ['any'],
        fields,
      ]
      return parts
        .map((part) => part?.join(',') ?? '')
        .join(' ')
        .trim()
    })
    .join('\n')
}

const images = (spec: string) => `${spec}.containers[*].image,${spec}.initContainers[*].image`

const cases: readonly [preset: string, given: Given, scope: string][] = [
  [
    'scale',
    { namespace: 'pay', target: 'deploy/api' },
    'UPDATE apps deployments,deployments/scale pay api spec.replicas',
  ],
  [
    'scale',
    { namespace: 'pay', target: 'sts/db-*' },
    'UPDATE apps statefulsets,statefulsets/scale pay db-* spec.replicas',
  ],
  [
    'scale',
    { namespace: 'pay', target: 'deploy/*' },
    'UPDATE apps deployments,deployments/scale pay any spec.replicas',
  ],
  [
    'scale',
    { namespace: 'pay' },
    'UPDATE apps deployments,statefulsets,replicasets,deployments/scale,statefulsets/scale,replicasets/scale pay any spec.replicas',
  ],
  [
    'restart',
    { namespace: 'pay', target: 'daemonsets.apps/log' },
    'UPDATE apps daemonsets pay log spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]',
  ],
  [
    'rollback',
    { namespace: 'pay', target: 'deployment/api' },
    'UPDATE apps deployments pay api spec.template,metadata.annotations',
  ],
  [
    'image',
    { namespace: 'pay', target: 'Deployment.apps/api' },
    `UPDATE apps deployments pay api ${images('spec.template.spec')}`,
  ],
  [
    'image',
    { namespace: 'pay', target: 'cj/nightly' },
    `UPDATE batch cronjobs pay nightly ${images('spec.jobTemplate.spec.template.spec')}`,
  ],
  ['image', { namespace: 'pay', target: 'pod/api-0' }, `UPDATE  pods pay api-0 ${images('spec')}`],
  ['delete-pod', { namespace: 'pay', target: 'po/api-*' }, 'DELETE  pods pay api-*'],
  [
    'drain',
    { target: 'node/n1' },
    'UPDATE  nodes - n1 spec.unschedulable\nCREATE  pods/eviction * any *',
  ],
  [
    'drain',
    { target: 'no/n1', namespace: 'pay' },
    'UPDATE  nodes - n1 spec.unschedulable\nCREATE  pods/eviction pay any *',
  ],
  [
    'drain',
    { target: 'no/n1', fields: ['spec.taints'] },
    'UPDATE  nodes - n1 spec.taints\nCREATE  pods/eviction * any *',
  ],
  ['exec', { namespace: 'pay' }, 'CONNECT  pods/exec pay any'],
  [
    'debug',
    { namespace: 'pay', target: 'pods/api-0' },
    'UPDATE  pods/ephemeralcontainers pay api-0 spec.ephemeralContainers\nCONNECT  pods/attach pay api-0',
  ],
  ['edit', { namespace: 'pay', target: 'cm/settings' }, 'UPDATE  configmaps pay settings *'],
  [
    'edit',
    { namespace: 'pay', target: 'deploy/api', fields: ['spec.replicas'] },
    'UPDATE apps deployments pay api spec.replicas',
  ],
  ['edit', { target: 'ns/pay' }, 'UPDATE  namespaces * pay *'],
  [
    'edit',
    { target: 'clusterrole/system:x' },
    'UPDATE rbac.authorization.k8s.io clusterroles - system:x *',
  ],
  [
    'edit',
    { namespace: 'pay', target: 'widgets.example.com/w' },
    'UPDATE example.com widgets pay w *',
  ],
  ['edit', { target: 'widgets.example.com/w' }, 'UPDATE example.com widgets - w *'],
  [
    'job',
    { namespace: 'pay', target: 'job/fix-*' },
    'CREATE batch jobs pay fix-* *,metadata.ownerReferences',
  ],
  [
    'suspend',
    { namespace: 'flux-system', target: 'ks/apps' },
    'UPDATE kustomize.toolkit.fluxcd.io kustomizations flux-system apps spec.suspend',
  ],
  [
    'suspend',
    { namespace: 'pay' },
    `UPDATE batch cronjobs,jobs pay any spec.suspend
UPDATE kustomize.toolkit.fluxcd.io kustomizations pay any spec.suspend
UPDATE helm.toolkit.fluxcd.io helmreleases pay any spec.suspend`,
  ],
  ['scale', { target: 'deploy/api' }, 'deployments.apps needs -n NAMESPACE'],
  ['exec', {}, 'pods needs -n NAMESPACE'],
  ['drain', {}, 'preset drain needs RESOURCE/NAME'],
  ['edit', { namespace: 'pay' }, 'preset edit needs RESOURCE/NAME'],
  ['scale', { namespace: 'pay', target: 'deploy' }, 'deploy must be RESOURCE/NAME'],
  ['scale', { namespace: 'pay', target: 'deploy/a/b' }, 'deploy/a/b must be RESOURCE/NAME'],
  [
    'scale',
    { namespace: 'pay', target: 'deploy/a*b' },
    'a*b is no name and no prefix such as api-*',
  ],
  [
    'scale',
    { namespace: 'pay', target: 'pod/a' },
    'pod is not for preset scale, which is for deployments.apps, statefulsets.apps, replicasets.apps',
  ],
  [
    'edit',
    { namespace: 'pay', target: 'widgets/w' },
    'widgets is not a resource of the core group: write resource.group',
  ],
  ['edit', { namespace: 'pay', target: 'node/n1' }, 'nodes is cluster-scoped: leave out -n'],
  ['exec', { namespace: 'pay', fields: ['spec'] }, 'preset exec changes no fields'],
]

for (const [preset, given, expected] of cases) {
  const { target = '', namespace = '', fields = [] } = given
  const words = [preset, target, namespace, ...fields].filter((word) => word !== '')
  test(`${words.join(' ')}: ${expected}`, () => {
    assert.equal(scope(preset, given), expected)
  })
}

test('what every preset makes is a scope that verifies', async () => {
  for (const preset of presets) {
    const resource = preset.targets?.[0] ?? 'configmaps'
    const namespace = resource === 'nodes' ? {} : { namespace: 'pay' }
    const made = makeScope({ preset, target: `${resource}/a`, ...namespace })
    assert.ok(made.kind === 'made', preset.name)
    const token = signed({ authorization_details: made.details })
    assert.equal(await verdictOn(token), `bg-${goodClaims.jti}`, preset.name)
  }
})
