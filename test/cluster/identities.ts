import { createHash, randomUUID } from 'node:crypto'
import path from 'node:path'
import { apiClient, type ApiClient } from './api-client.ts'
import { Failure } from './failure.ts'
import { exchange } from './http.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { layoutOf, type Layout } from './layout.ts'
import { issue, type KeyedCertificate } from './pki.ts'
import { readAuthority, readPki } from './pki-files.ts'
import { mintServiceAccountToken, type NamedObject } from './service-account-token.ts'

// Kubeconfigs for identities, made from the keys in the cluster's directory. None of this sends a
// write through the API server: under `enforce` the webhook would have to refuse it.

const tokenLife = 7 * 24 * 3600

export interface ClusterAccess {
  readonly dir: string
  readonly server: string
  readonly etcd: string
  readonly issuer: string
}

export type Identity =
  | { readonly kind: 'user'; readonly user: string; readonly groups: readonly string[] }
  | {
      readonly kind: 'service-account'
      readonly namespace: string
      readonly name: string
      readonly isPodBound: boolean
    }

/** Writes the kubeconfig and returns its path. */
export async function makeKubeconfig(access: ClusterAccess, identity: Identity): Promise<string> {
  const layout = layoutOf(access.dir)
  if (identity.kind === 'user') {
    const { user, groups } = identity
    const certificate = await issue(readAuthority(layout), { kind: 'client', user, groups })
    return write(access, fileName(identity), certificate, user)
  }
  const { namespace, name, isPodBound } = identity
  const serviceAccount = await findServiceAccount(await adminClient(access), namespace, name)
  const pod = isPodBound ? await storePod(access, namespace, name) : undefined
  const token = mintServiceAccountToken({
    subject: { namespace, serviceAccount, ...(pod === undefined ? {} : { pod }) },
    signingKey: readPki(layout, 'service-account.key'),
    issuer: access.issuer,
    life: tokenLife,
    now: Date.now(),
  })
  return write(access, fileName(identity), { token }, `${namespace}/${name}`)
}

/** The kubeconfig of a certificate that is there already. */
export function writeUser(access: ClusterAccess, user: string, certificate: KeyedCertificate) {
  return write(access, user, certificate, user)
}

function write(
  access: ClusterAccess,
  name: string,
  credential: KeyedCertificate | { readonly token: string },
  user: string,
): string {
  const layout = layoutOf(access.dir)
  return writeKubeconfig({
    file: path.join(layout.kubeconfigs, `${name}.kubeconfig`),
    server: access.server,
    ca: readPki(layout, 'ca.crt'),
    user,
    credential,
  })
}

async function adminClient(access: ClusterAccess): Promise<ApiClient> {
  const layout: Layout = layoutOf(access.dir)
  const authority = readAuthority(layout)
  const groups = ['system:masters']
  const reader = await issue(authority, { kind: 'client', user: 'admin', groups })
  return apiClient(access.server, authority.cert, reader)
}

async function findServiceAccount(
  api: ApiClient,
  namespace: string,
  name: string,
): Promise<NamedObject> {
  const found = await api.read(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`)
  const uid = found?.metadata.uid
  if (uid === undefined) throw new Failure(1, `there is no service account ${namespace}/${name}`)
  return { name, uid }
}

/** An unscheduled Pod that runs as the account, put straight into storage. */
async function storePod(
  access: ClusterAccess,
  namespace: string,
  serviceAccountName: string,
): Promise<NamedObject> {
  const uid = randomUUID()
  const name = `bearer-${uid.slice(0, 8)}`
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid, creationTimestamp: secondsOnly(new Date()) },
    spec: {
      serviceAccountName,
      serviceAccount: serviceAccountName,
      containers: [{ name: 'main', image: 'example.com/none:1', imagePullPolicy: 'Never' }],
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 0,
      securityContext: {},
    },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  }
  const { status } = await exchange({
    method: 'POST',
    url: `${access.etcd}/v3/kv/put`,
    body: {
      key: base64(`/registry/pods/${namespace}/${name}`),
      value: base64(JSON.stringify(pod)),
    },
  })
  if (status !== 200) throw new Failure(3, `etcd: HTTP ${status}`)
  return { name, uid }
}

function secondsOnly(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** Readable, and distinct for identities that differ in a group only. */
function fileName(identity: Identity): string {
  const text = JSON.stringify(identity)
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8)
  const label =
    identity.kind === 'user' ? identity.user : `sa-${identity.namespace}-${identity.name}`
  return `${label.replaceAll(/[^A-Za-z0-9.-]/g, '_').slice(0, 60)}-${digest}`
}
