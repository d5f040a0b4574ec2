import assert from 'node:assert/strict'
import { randomUUID, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stringify } from 'yaml'
import type { WriteDetail } from '../../src/core/breakglass/claims.ts'
import { keySet, publicHalf } from '../../src/core/breakglass/keys.ts'
import { audienceOf } from '../../src/core/breakglass/token.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { goodHeader, iss, jws, privateKey } from '../core/breakglass/issuing.ts'
import { eventually } from './eventually.ts'
import { requesterOf, type ApiAnswer, type ApiRequest, type Requester } from './requester.ts'

export const grants = '/apis/solewriter.dev/v1alpha1/breakglassgrants'
export const postMortems = '/apis/solewriter.dev/v1alpha1/postmortems'
const scale = '/apis/apps/v1/namespaces/pay/deployments/api/scale'

interface Token {
  readonly text: string
  readonly grant: string
}

export interface StoredGrant {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string }
  readonly spec: { readonly token?: string; readonly ended?: boolean }
  readonly status?: {
    readonly phase: string
    readonly expiresAt: string
    readonly uses?: readonly {
      readonly n: number
      readonly op: string
      readonly fingerprint: string
      readonly decisionId: string
      readonly paths: readonly string[]
      readonly program?: string
      readonly target: Readonly<Record<string, string>>
    }[]
  }
}

export interface Wanted {
  readonly details: readonly Omit<WriteDetail, 'type'>[]
  readonly user?: string
  readonly maxUses?: number
  /** Of the grant, in seconds. */
  readonly session?: number
  readonly jti?: string
}

/** A cluster of three replicas whose repository nobody can reach, and who may do what in it. */
export interface Ground {
  readonly cluster: Cluster
  /** For files of the test. */
  readonly dir: string
  /** A client of its own, which ends with the ground. */
  as(user: string): Requester
  token(wanted: Wanted): Token
  /** Creates the grant as `who` and says what became of it. */
  create(token: Token, who?: Requester): Promise<ApiAnswer>
  /** Creates the grant of a good token as alice, and waits until its status is filled. */
  activate(wanted: Wanted): Promise<string>
  grant(name: string): Promise<StoredGrant>
  /** From then on those keys count, and a grant has so many uses at most. */
  limit(limits: {
    readonly keys?: readonly KeyObject[]
    readonly maxUses?: number
    readonly lockdown?: boolean
  }): void
  end(): Promise<void>
}

const ci = {
  name: 'ci',
  subject: { serviceAccount: 'ci/deployer' },
  evidence: ['annotation'],
  repositories: ['fleet'],
  verify: 'content',
}

function policy(jwksFile: string, maxUses: number, { fleet, approvals, breakGlass }: Given) {
  const required = { required: 1, groups: ['sre-oncall'], ...approvals }
  return {
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'break-glass' },
    spec: {
      mode: 'enforce',
      // Without a directory nobody listens there: Git is down.
      repositories: [
        {
          name: 'fleet',
          url: 'https://127.0.0.1:1/fleet.git',
          branches: ['main'],
          poll: '1s',
          sources: [{ path: '.' }],
        },
      ],
      ...(fleet === undefined ? {} : { writers: [ci] }),
      breakGlass: {
        issuers: [{ name: 'oncall', issuer: iss, jwksFile }],
        rules: [
          { subjects: { users: ['bob'] }, approvals: required },
          { subjects: { groups: ['sre-oncall'] }, maxSession: '1h', maxUses },
        ],
        ...breakGlass,
      },
    },
  }
}

export interface Given {
  readonly setup?: readonly string[]
  /** Directory of the repository, of which ci is a writer. */
  readonly fleet?: string
  /** Beside those that bob needs. */
  readonly approvals?: object
  readonly breakGlass?: object
}

/** A list is of files to set up. */
export async function startGround(given: readonly string[] | Given = {}): Promise<Ground> {
  const more: Given = Array.isArray(given)
    ? { setup: given as readonly string[] }
    : (given as Given)
  const { setup = [], fleet } = more
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-break-glass-'))
  const jwksFile = path.join(dir, 'jwks.json')
  const limit: Ground['limit'] = ({ keys = [privateKey], maxUses = 100, lockdown = false }) => {
    writeFileSync(jwksFile, JSON.stringify({ keys: keys.map(toJwk) }))
    const breakGlass = { ...more.breakGlass, lockdown }
    const next = policy(jwksFile, maxUses, { ...more, breakGlass })
    writeFileSync(path.join(dir, 'policy.yaml'), stringify(next))
  }
  limit({})
  const cluster = await startCluster({
    with: ['webhook'],
    replicas: 3,
    policy: path.join(dir, 'policy.yaml'),
    setup: [path.join(import.meta.dirname, 'fixtures', 'break-glass.yaml'), ...setup],
    ...(fleet !== undefined && { repositories: { fleet } }),
  })
  const open: Requester[] = []
  const as = (user: string) => {
    const requester = requesterOf(cluster.kubeconfigs[user] ?? user)
    open.push(requester)
    return requester
  }
  const [alice, admin] = [as('alice'), as('admin')]
  const create = (token: Token, who = alice) => who(creationOf(token.grant, token.text))
  const token = (wanted: Wanted) => toToken(wanted, cluster.clusterUid)
  const grant = async (name: string) => {
    const answer = await admin({ method: 'GET', path: `${grants}/${name}` })
    assert.equal(answer.status, 200, answer.text)
    return answer.json as unknown as StoredGrant
  }
  return {
    cluster,
    dir,
    as,
    token,
    create,
    grant,
    limit,
    async activate(wanted) {
      const made = token(wanted)
      const answer = await create(made)
      assert.equal(answer.status, 201, answer.text)
      await eventually(
        'the status is filled',
        async () => (await grant(made.grant)).status !== undefined,
      )
      return made.grant
    },
    async end() {
      for (const requester of open) requester.close()
      await cluster.stop()
      rmSync(dir, { recursive: true })
    },
  }
}

export function toJwk(key: KeyObject): unknown {
  const { keys } = keySet(publicHalf(key) ?? assert.fail()) as { keys: readonly unknown[] }
  return keys[0]
}

export function creationOf(name: string, token: string, more: object = {}): ApiRequest {
  const kind = { apiVersion: 'solewriter.dev/v1alpha1', kind: 'BreakGlassGrant' }
  return {
    method: 'POST',
    path: grants,
    body: { ...kind, metadata: { name }, spec: { token }, ...more },
  }
}

export function patch(target: string, body: object): ApiRequest {
  return { method: 'PATCH', path: target, body, type: 'application/merge-patch+json' }
}

export function scaleTo(replicas: number): ApiRequest {
  return patch(scale, { spec: { replicas } })
}

/** What `--preset scale -n pay deploy/api` asks for. */
export const scaling = {
  apiGroups: ['apps'],
  resources: ['deployments', 'deployments/scale'],
  operations: ['UPDATE'],
  namespaces: ['pay'],
  names: ['api'],
  fields: ['spec.replicas'],
} satisfies Omit<WriteDetail, 'type'>

export function toToken(wanted: Wanted, clusterUid: string): Token {
  const { details, user = 'alice', maxUses, session = 3600, jti = randomUUID() } = wanted
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss,
    aud: audienceOf(clusterUid),
    sub: user,
    iat: now,
    nbf: now,
    exp: now + 900,
    jti,
    authorization_details: details.map((one) => ({ type: 'urn:solewriter:k8s-write:v1', ...one })),
    bg: {
      v: 1,
      session_s: session,
      ...(maxUses !== undefined && { max_uses: maxUses }),
      incident: 'INC-7',
      reason: '5xx storm, more of the api',
    },
  }
  return { text: jws(goodHeader, claims), grant: `bg-${jti}` }
}
