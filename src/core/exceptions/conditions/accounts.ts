import { canonicalJson } from '../../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json } from '../../manifest/json.ts'
import type { Condition, Write } from '../row.ts'
import { listAt, objectOf, sameObject } from './metadata.ts'

const core = { group: '', version: 'v1' } as const
const tokenType = 'kubernetes.io/service-account-token'
const nameKey = 'kubernetes.io/service-account.name'
const uidKey = 'kubernetes.io/service-account.uid'

/** A token Secret is filled for the live account that it names. */
export const isForLiveAccount: Condition = {
  says: 'it is a token Secret of a live service account (uid compared)',
  async holds(write) {
    const account = await liveAccount(write, write.request.object ?? {})
    return isTokenSecret(write) && account !== undefined
  },
}

/** A token Secret is left over: its account is gone, or another account has its name. */
export const isOfGoneAccount: Condition = {
  says: 'it is a token Secret of a service account that is gone',
  async holds(write) {
    const secret = objectOf(write.request)
    if (!isTokenSecret(write) || annotation(secret, nameKey) === '') return false
    const live = await readAccount(write, secret)
    if (live.kind !== 'found') return live.kind === 'absent'
    return (
      annotation(secret, uidKey) !== '' &&
      sameObject(live, annotation(secret, uidKey)) === undefined
    )
  },
}

/** The account only loses references, to Secrets that do not exist. */
export const dropsGoneSecrets: Condition = {
  says: 'references in `secrets` only go, those to Secrets that do not exist',
  async holds({ request, read }) {
    const { oldObject, object, namespace } = request
    const after = listAt(object ?? {}, 'secrets').map(canonicalJson)
    const before = listAt(oldObject ?? {}, 'secrets')
    const kept = before.filter((reference) => after.includes(canonicalJson(reference)))
    const gone = before.filter((reference) => !kept.includes(reference))
    if (after.length !== kept.length || gone.length === 0) return false
    const lives = gone.map((reference) =>
      read({ ...core, kind: 'Secret', namespace, name: stringAt(reference, 'name') ?? '' }),
    )
    return (await Promise.all(lives)).every(({ kind }) => kind === 'absent')
  },
}

/** A Lease of the account's own namespace that no part of the control plane elects its leader by. */
export const isOwnNamespaceLease: Condition = {
  says: "it is in the account's own namespace and is no Lease of the control plane",
  holds({ request }) {
    const { username } = request.user
    const isOwn = username.startsWith(`system:serviceaccount:${request.namespace}:`)
    return isOwn && request.namespace !== 'kube-node-lease' && !isControlPlaneLease(request)
  },
}

function isControlPlaneLease({ namespace, name }: { namespace: string; name: string }): boolean {
  // Wherever it is: a flag of theirs says in which namespace they look.
  if (['kube-controller-manager', 'kube-scheduler'].includes(name)) return true
  return namespace === 'kube-system' && (name === '' || name.startsWith('apiserver-'))
}

/** Of the published cluster information only signatures change. */
export const changesOnlySignatures: Condition = {
  says: 'only keys of data that start with jws-kubeconfig- change',
  holds({ request }) {
    const [old, next] = [request.oldObject, request.object].map((object) =>
      at(object ?? {}, 'data'),
    )
    const keys = [old, next].flatMap((data) => (isJsonObject(data) ? Object.keys(data) : []))
    return keys.every((key) => key.startsWith('jws-kubeconfig-') || at(old, key) === at(next, key))
  },
}

function isTokenSecret({ request }: Write): boolean {
  return stringAt(objectOf(request), 'type') === tokenType
}

async function liveAccount(write: Write, secret: Json) {
  if (annotation(secret, nameKey) === '') return undefined
  return sameObject(await readAccount(write, secret), annotation(secret, uidKey))
}

function readAccount({ request: { namespace }, read }: Write, secret: Json) {
  return read({ ...core, kind: 'ServiceAccount', namespace, name: annotation(secret, nameKey) })
}

function annotation(object: Json, key: string): string {
  return stringAt(object, 'metadata', 'annotations', key) ?? ''
}
