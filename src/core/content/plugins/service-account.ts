import { parseFieldPattern } from '../../manifest/field-path.ts'
import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { isSameJson } from '../json-equality.ts'
import type { PluginRow, PluginScene } from './plugin.ts'

const plugin = { plugin: 'ServiceAccount', kind: 'v1 Pod' } as const
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumeName = /^kube-api-access-[a-z0-9]{5}$/

function name(field: string): PluginRow {
  return {
    ...plugin,
    field: parseFieldPattern(field),
    needs: [],
    isRight: (live) => live === 'default',
  }
}

function mount(list: string): PluginRow {
  return {
    ...plugin,
    field: parseFieldPattern(`spec.${list}[*].volumeMounts[*]`),
    needs: ['serviceAccounts'],
    isRight: isMount,
  }
}

export const serviceAccountRows: readonly PluginRow[] = [
  name('spec.serviceAccountName'),
  name('spec.serviceAccount'),
  {
    ...plugin,
    field: parseFieldPattern('spec.volumes[*]'),
    needs: ['serviceAccounts'],
    isRight: (live, scene) => isMounted(scene) && isTokenVolume(live),
  },
  mount('containers'),
  mount('initContainers'),
  {
    ...plugin,
    field: parseFieldPattern('spec.imagePullSecrets[*]'),
    needs: ['serviceAccounts'],
    isRight: (live, scene) =>
      listed(at(scene.declared, 'spec', 'imagePullSecrets')).length === 0 &&
      listed(at(accountOf(scene), 'imagePullSecrets')).some((one) => isSameJson(one, live)),
  },
]

/** The account that Git declares, or the one that Pods get that name none. */
function accountOf({ declared, facts }: PluginScene): JsonObject | undefined {
  const named =
    stringAt(declared, 'spec', 'serviceAccountName') ?? stringAt(declared, 'spec', 'serviceAccount')
  const wanted = named === undefined || named === '' ? 'default' : named
  return facts.serviceAccounts.find((one) => stringAt(one, 'metadata', 'name') === wanted)
}

function isMounted(scene: PluginScene): boolean {
  const field = 'automountServiceAccountToken'
  const said = at(scene.declared, 'spec', field) ?? at(accountOf(scene), field)
  return accountOf(scene) !== undefined && said !== false
}

function isMount(live: Json, scene: PluginScene): boolean {
  const volume = stringAt(live, 'name') ?? ''
  const expected = { mountPath, name: volume, readOnly: true }
  return isMounted(scene) && volumeName.test(volume) && isSameJson(live, expected)
}

function isTokenVolume(live: Json): boolean {
  const volume = stringAt(live, 'name') ?? ''
  const items = [{ key: 'ca.crt', path: 'ca.crt' }]
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' }
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
  ]
  const expected = { name: volume, projected: { defaultMode: 420, sources } }
  return volumeName.test(volume) && isSameJson(live, expected)
}

function listed(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}
