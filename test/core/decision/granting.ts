import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdmissionRequest, UserInfo } from '../../../src/core/admission/request.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { queueing } from '../../../src/core/breakglass/queue.ts'
import type { Activation } from '../../../src/core/breakglass/next-status.ts'
import type { KeyLimits, TokenContext } from '../../../src/core/breakglass/token.ts'
import { toAnswer } from '../../../src/core/decision/answer.ts'
import type { Decision } from '../../../src/core/decision/decision.ts'
import { evaluate } from '../../../src/core/decision/evaluate.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { fakeGrants, type FakeGrants } from '../../fakes/grants.ts'
import { request } from '../../fakes/requests.ts'
import { clusterUid, contextWith, goodClaims, minted, signed } from '../breakglass/issuing.ts'
import { goodPolicy, head } from '../policy/policies.ts'
import { circumstances, gvk, gvr } from './deciding.ts'

/** A minute after the token was minted, in epoch ms: grants are created then. */
export const begin = minted * 1000 + 60_000
export const minute = 60_000
export const hour = 60 * minute
const jti = goodClaims.jti
export const grantName = `bg-${jti}`

const credentialKey = 'authentication.kubernetes.io/credential-id'

export const holder: UserInfo = {
  username: 'alice@acme.example',
  uid: '',
  groups: ['sre-oncall', 'system:authenticated'],
  extra: new Map([[credentialKey, ['X509SHA256=abc']]]),
}

export function loggedIn(user: UserInfo, ...ids: readonly string[]): UserInfo {
  return { ...user, extra: new Map(ids.length === 0 ? [] : [[credentialKey, ids]]) }
}

const rule = '{subjects: {groups: [sre-oncall]}, maxSession: 1h, maxUses: 10}'

export function breakGlassPolicy({ rules = rule, mode = 'enforce' } = {}) {
  return goodPolicy(`${head}  mode: ${mode}
  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: prod}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet], verify: declared}
  breakGlass:
    issuers: [{name: oncall, issuer: "https://breakglass.acme.example", jwksFile: /etc/solewriter/jwks.json}]
    rules:
    - ${rules}
`)
}

/** The same, when everything has to stop. */
export function locked(policy: ReturnType<typeof breakGlassPolicy>) {
  const { spec } = policy
  return { ...policy, spec: { ...spec, breakGlass: { ...spec.breakGlass, lockdown: true } } }
}

interface Given {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly spec?: JsonObject
  readonly status?: JsonObject
  readonly metadata?: JsonObject
  /** Epoch ms. */
  readonly createdAt?: number
}

/** The scope of the token of tests, as far as replicas go. */
export const scopeRow = {
  resources: ['deployments.apps'],
  operations: ['UPDATE'],
  namespaces: ['payments'],
  names: ['api'],
  fields: ['spec.replicas'],
}

const tokens = new Map<string, string>()

/** The same text for the same claims: signatures of ES256 differ each time. */
export function tokenWith(claims: Readonly<Record<string, unknown>> = {}): string {
  const key = JSON.stringify(claims)
  const token = tokens.get(key) ?? signed(claims)
  tokens.set(key, token)
  return token
}

/** As its holder creates it. */
export function newGrant({ claims = {}, spec = {}, metadata = {}, createdAt }: Given = {}) {
  const { jti: id = jti } = claims
  const name = typeof id === 'string' ? `bg-${id}` : ''
  const creationTimestamp = momentText(createdAt ?? begin)
  return {
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'BreakGlassGrant',
    metadata: { name, uid: 'g1', creationTimestamp, ...metadata },
    spec: { token: tokenWith(claims), ...spec },
  } satisfies JsonObject
}

/** As it is stored once its status is filled and its token cleared. */
export function activeGrant({ status = {}, spec = {}, metadata = {}, ...given }: Given = {}) {
  const { token: _token, ...kept } = newGrant({ ...given, spec, metadata }).spec as JsonObject
  return {
    ...newGrant({ ...given, metadata }),
    spec: kept,
    status: { ...filledStatus(given), ...status },
  }
}

function filledStatus({ createdAt = begin }: Given): JsonObject {
  return {
    phase: 'Active',
    tokenSHA256: 'ab'.repeat(32),
    issuer: 'oncall',
    kid: [...(contextWith().issuers.get(goodClaims.iss)?.keys.keys() ?? [])][0] ?? '',
    subject: { username: holder.username, uid: '', credential: 'X509SHA256=abc' },
    scope: [scopeRow],
    activatedAt: momentText(createdAt),
    expiresAt: momentText(createdAt + hour),
    maxUses: 10,
    uses: [],
  }
}

export interface World {
  readonly grants: FakeGrants
  readonly policy?: ReturnType<typeof breakGlassPolicy>
  readonly now?: () => number
  readonly issuers?: TokenContext['issuers']
  readonly signal?: AbortSignal
  readonly onActivation?: (activation: Activation) => void
  readonly freshIssuers?: () => Promise<TokenContext['issuers']>
}

/** One replica: its queue is its own, the grants are everybody's. */
export function replica(world: World) {
  const { grants, policy = breakGlassPolicy(), now = () => begin + minute } = world
  const { issuers = contextWith().issuers, signal, onActivation, freshIssuers } = world
  const around = {
    ...circumstances({}),
    policy,
    clusterUid,
    now,
    breakGlass: {
      grants: queueing(grants),
      issuers,
      ...(onActivation && { onActivation }),
      ...(freshIssuers && { freshIssuers }),
    },
    ...(signal && { signal }),
  }
  return (changes: Partial<AdmissionRequest> = {}): Promise<Decision> =>
    evaluate(request(changes), around)
}

export function issuersWith(limits: KeyLimits): TokenContext['issuers'] {
  return contextWith({ limits }).issuers
}

export function deployment(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'payments', uid: 'd1', resourceVersion: '7', ...metadata },
    spec,
  }
}

/** The holder scales payments/api, with parts replaced. */
export function scaling(changes: Partial<AdmissionRequest> = {}, replicas = 5) {
  return {
    user: holder,
    resource: gvr('deployments', 'apps'),
    kind: gvk('Deployment', 'apps'),
    operation: 'UPDATE',
    namespace: 'payments',
    name: 'api',
    oldObject: deployment({ replicas: 3 }),
    object: deployment({ replicas }),
    ...changes,
  } satisfies Partial<AdmissionRequest>
}

/** A request about the grant itself. */
export function aboutGrant(changes: Partial<AdmissionRequest>): Partial<AdmissionRequest> {
  return {
    user: holder,
    resource: gvr('breakglassgrants', 'solewriter.dev', 'v1alpha1'),
    kind: gvk('BreakGlassGrant', 'solewriter.dev', 'v1alpha1'),
    namespace: '',
    name: grantName,
    ...changes,
  }
}

/** `Reason` of an allow; `Reason: message` of a denial. */
export function saying(decision: Decision): string {
  const { verdict } = decision
  return verdict.kind === 'allow' ? verdict.reason : `${verdict.reason}: ${verdict.message}`
}

export function warningsOf(decision: Decision): readonly string[] {
  return toAnswer(decision, {}).warnings
}

export async function reasonIn(world: World, changes: Partial<AdmissionRequest> = scaling()) {
  return (await replica(world)(changes)).verdict.reason
}

export type Said = readonly [title: string, expected: RegExp, changes: Partial<AdmissionRequest>]

/** What is said is said in every mode, and a denial denies. */
export function says(cases: readonly Said[], world: Partial<World> = {}): void {
  for (const [title, expected, changes] of cases) {
    test(title, async () => {
      for (const mode of ['enforce', 'audit']) {
        const policy = breakGlassPolicy({ mode })
        const decision = await replica({ grants: fakeGrants(), policy, ...world })(changes)
        assert.match(saying(decision), expected)
        assert.equal(decision.allowed, decision.verdict.kind === 'allow', mode)
      }
    })
  }
}

export { fakeGrants }
