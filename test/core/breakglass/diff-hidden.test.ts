import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { whyHidden } from '../../../src/core/breakglass/diff-hidden.ts'
import { parseFieldPattern } from '../../../src/core/manifest/field-path.ts'
import type { Json } from '../../../src/core/manifest/json.ts'
import { signed } from './issuing.ts'

const why = (path: string, value: Json, resource = 'deployments') =>
  whyHidden({ group: '', resource, field: parseFieldPattern(path) }, value)

type Row = readonly [path: string, value: Json, resource?: string]

const c = 'spec.template.spec.containers[name=app]'

describe('may be told', () => {
  const shown: readonly Row[] = [
    ['spec.replicas', 5],
    [`${c}.image`, 'registry.example.com/pay/api:1.2.3'],
    [`${c}.image`, `example.com/a@sha256:${'0a1b'.repeat(16)}`],
    [`${c}.resources.limits.cpu`, '500m'],
    [`${c}.env[name=A].name`, 'DB_PASSWORD'],
    [`${c}.env[name=PASSWORD].valueFrom.secretKeyRef.name`, 'db'],
    [`${c}.env[name=PASSWORD].valueFrom.secretKeyRef.key`, 'x'],
    ['spec.template.spec.containers[name=token-refresher].image', 'a:1'],
    ['spec.template.spec.volumes[name=tls].secret.secretName', 'api-tls'],
    ['spec.template.spec.imagePullSecrets[name=regcred].name', 'regcred'],
    ['spec.template.spec.automountServiceAccountToken', true],
    ['spec.template.spec.topologySpreadConstraints[*].topologyKey', 'kubernetes.io/hostname'],
    ['spec.tolerations[*].key', 'dedicated'],
    [
      'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]',
      '2026-08-23T02:13:20Z',
    ],
    ['data.LOG_LEVEL', 'debug', 'configmaps'],
    ['spec.suspend', true, 'kustomizations'],
    ['spec.source.targetRevision', 'a'.repeat(20) + '1'.repeat(20), 'applications'],
    [
      'spec.url',
      'ssh://git@example.com/acme/fleet.git',
      'gitrepositories.source.toolkit.fluxcd.io',
    ],
    ['spec.hostnames', []],
    ['metadata.labels', {}],
    ['spec.unschedulable', null, 'nodes'],
    ['spec.values.auth.enabled', false, 'helmreleases'],
  ]
  for (const [path, value, resource] of shown) {
    test(`${resource ?? ''} ${path}: ${JSON.stringify(value)}`, () => {
      assert.equal(why(path, value, resource), undefined)
    })
  }
})

describe('is not told', () => {
  const hidden: readonly Row[] = [
    // Of a Secret nothing at all.
    ['data.a', 'b', 'secrets'],
    ['stringData.a', 'b', 'secrets'],
    ['immutable', true, 'secrets'],
    ['type', 'Opaque', 'secrets'],
    ['metadata.labels.app', 'a', 'secrets'],
    ['data', {}, 'secrets'],
    ['spec.enabled', true, 'externalsecrets'],
    ['status.x', 1, 'tokenreviews'],
    // What programs start with.
    [`${c}.env[name=LOG_LEVEL].value`, 'debug'],
    [`${c}.args[*]`, '-v'],
    [`${c}.command[*]`, 'sh'],
    [`${c}.livenessProbe.exec.command[*]`, 'cat'],
    ['spec.command', 'psql -W x', 'widgets'],
    ['spec.values.extraEnvVars.A', 'x', 'helmreleases'],
    ['spec.values.env.A', 'x', 'helmreleases'],
    // By name.
    ['data.DB_PASS', 'x', 'configmaps'],
    ['data.dbPassword', 'x', 'configmaps'],
    ['data["db.passwd"]', 'x', 'configmaps'],
    ['data.STRIPE_KEY', 'x', 'configmaps'],
    ['data.pgpass', 'x', 'configmaps'],
    ['data.PIN', 1234, 'configmaps'],
    ['spec.apiToken', 'x', 'widgets'],
    ['spec.values.auth.username', 'x', 'helmreleases'],
    ['spec.source.helm.parameters[name=db.password].value', 'x', 'applications'],
    ['spec.httpHeaders[name=Authorization].value', 'x', 'widgets'],
    ['spec.source.helm.parameters[*].value', 'x', 'applications'],
    ['spec.clientSecret.text', 'x', 'widgets'],
    // By form.
    ['data.a', '-----BEGIN PRIVATE KEY-----', 'configmaps'],
    ['data.a', 'eyJhbGciOiJFUzI1NiJ9.e30', 'configmaps'],
    ['data.a', 'Bearer abcdef', 'configmaps'],
    ['metadata.annotations["solewriter.dev/break-glass"]', signed(), 'configmaps'],
    [
      'data.a',
      'https://hooks.example.com/services/T00000000/B00000000/xYzXYZ0123456789',
      'configmaps',
    ],
    ['data.url', 'postgres://api:hunter2@db/pay', 'configmaps'],
    ['data.url', 'https://ghp_abc@github.com/x', 'configmaps'],
    ['data.a', 'host=db password=hunter2', 'configmaps'],
    ['data.a', '--token: x', 'configmaps'],
    ['data.a', 'AKIAIOSFODNN7EXAMPLE', 'configmaps'],
    ['data.a', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'configmaps'],
    ['data.a', '0123456789abcdef0123456789abcdef', 'configmaps'],
    [`metadata.annotations["a/b"]`, `x password=${'y'.repeat(2000)}`],
  ]
  for (const [path, value, resource] of hidden) {
    test(`${resource ?? ''} ${path}: ${JSON.stringify(value).slice(0, 60)}`, () => {
      assert.equal(why(path, value, resource), 'Confidential')
    })
  }
})

describe('is no single short value', () => {
  const applied = 'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]'
  const documents: readonly Row[] = [
    ['data["nginx.conf"]', 'a\nb', 'configmaps'],
    ['data.a', 'x '.repeat(200), 'configmaps'],
    [applied, '{"data":{"a":"b"}}', 'configmaps'],
    ['data.a', ' [1]', 'configmaps'],
    ['data.a', '<a/>', 'configmaps'],
    ['metadata.managedFields', [{ manager: 'a' }]],
    ['spec.ports', [{ name: 'a' }], 'services'],
    ['data.a', 'half a pair \ud800', 'configmaps'],
  ]
  for (const [path, value, resource] of documents) {
    test(`${path}: ${JSON.stringify(value).slice(0, 60)}`, () => {
      assert.equal(why(path, value, resource), 'Document')
    })
  }
})
