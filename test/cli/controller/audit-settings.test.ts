import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toAuditSettings, type AuditOptions } from '../../../src/cli/controller/audit-settings.ts'

const absolute = (file: string) => `/srv/${file}`
const listen = { host: '0.0.0.0', port: 9444 }
const pair = { auditCertFile: 'tls.crt', auditKeyFile: 'tls.key' }
const mtls = { auditClientCaFile: 'ca.crt', auditClientName: ['kube-apiserver'] }

test('nobody listens unless somebody says where', () => {
  assert.equal(toAuditSettings({}, absolute), undefined)
})

test('callers show a certificate, unless they need not', () => {
  const files = { listen, certFile: '/srv/tls.crt', keyFile: '/srv/tls.key' }
  assert.deepEqual(toAuditSettings({ auditListen: listen, ...pair, ...mtls }, absolute), {
    ...files,
    callers: { kind: 'mtls', clientCaFile: '/srv/ca.crt', names: ['kube-apiserver'] },
  })
  const open = { auditListen: listen, ...pair, auditCallerAuth: 'none' }
  assert.deepEqual(toAuditSettings(open, absolute), { ...files, callers: { kind: 'none' } })
})

test('the certificate may be that of --certs-dir', () => {
  const given = { auditListen: listen, ...mtls, certsDir: 'certs' }
  const settings = toAuditSettings(given, absolute)
  assert.deepEqual(
    [settings?.certFile, settings?.keyFile],
    ['/srv/certs/tls.crt', '/srv/certs/tls.key'],
  )
})

const wrong: readonly (readonly [AuditOptions, RegExp])[] = [
  [mtls, /--audit-client-ca-file is of no use without --audit-listen/],
  [{ auditListen: listen, ...mtls }, /needs --audit-cert-file and --audit-key-file/],
  [{ auditListen: listen, auditCertFile: 'x', ...mtls }, /go together/],
  [{ auditListen: listen, ...pair }, /or --audit-caller-auth none/],
  [{ auditListen: listen, ...pair, auditClientCaFile: 'x' }, /or --audit-caller-auth none/],
  [{ auditListen: listen, ...pair, ...mtls, auditCallerAuth: 'none' }, /of no use with/],
  [{ auditListen: listen, ...pair, ...mtls, auditCallerAuth: 'maybe' }, /is mtls or none/],
]
for (const [options, message] of wrong) {
  test(`is refused: ${message.source}`, () => {
    assert.throws(() => toAuditSettings(options, absolute), { name: 'UsageError', message })
  })
}
