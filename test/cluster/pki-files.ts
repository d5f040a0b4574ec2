import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Layout } from './layout.ts'
import { createAuthority, issue, type KeyedCertificate } from './pki.ts'

/** The name in the certificate that the API server shows to its webhooks. */
export const callerName = 'kube-apiserver'

export interface ClusterPki {
  readonly authority: KeyedCertificate
  /** Another authority for webhooks: a user of the cluster is not a caller of the webhook. */
  readonly webhookAuthority: KeyedCertificate
  readonly admin: KeyedCertificate
  readonly controllerManager: KeyedCertificate
  readonly alice: KeyedCertificate
  readonly bob: KeyedCertificate
  readonly caller: KeyedCertificate
  readonly webhookServer: KeyedCertificate
}

const onCall = ['sre-oncall']
const loopback = { dnsNames: ['localhost'], ips: ['127.0.0.1'] }

/** Makes all keys and writes those that a flag of some component names. */
export async function makePki(layout: Layout): Promise<ClusterPki> {
  const [authority, webhookAuthority] = await Promise.all([
    createAuthority('solewriter-local-cluster'),
    createAuthority('solewriter-local-webhook'),
  ])
  const client = (user: string, groups: readonly string[] = []) =>
    issue(authority, { kind: 'client', user, groups })
  const [admin, controllerManager, alice, bob, server, caller, webhookServer] = await Promise.all([
    client('admin', ['system:masters']),
    client('system:kube-controller-manager'),
    client('alice', onCall),
    client('bob', onCall),
    issue(authority, { kind: 'server', ...loopback }),
    issue(webhookAuthority, { kind: 'client', user: callerName }),
    issue(webhookAuthority, { kind: 'server', ...loopback }),
  ])
  write(layout, 'ca', authority)
  write(layout, 'server', server)
  write(layout, 'webhook-ca', webhookAuthority)
  write(layout, 'webhook', webhookServer)
  writeServiceAccountKey(layout)
  return {
    authority,
    webhookAuthority,
    admin,
    controllerManager,
    alice,
    bob,
    caller,
    webhookServer,
  }
}

export function readAuthority(layout: Layout): KeyedCertificate {
  return { cert: readPki(layout, 'ca.crt'), key: readPki(layout, 'ca.key') }
}

export function readPki(layout: Layout, file: string): string {
  return readFileSync(path.join(layout.pki, file), 'utf8')
}

function write(layout: Layout, name: string, { cert, key }: KeyedCertificate): void {
  writeText(layout, `${name}.crt`, cert)
  writeText(layout, `${name}.key`, key)
}

function writeServiceAccountKey(layout: Layout): void {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  })
  writeText(layout, 'service-account.pub', publicKey)
  writeText(layout, 'service-account.key', privateKey)
}

function writeText(layout: Layout, file: string, text: string): void {
  writeFileSync(path.join(layout.pki, file), text, { mode: 0o600 })
}
