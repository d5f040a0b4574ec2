import type { IncomingMessage, ServerResponse } from 'node:http'
import { json as readJson } from 'node:stream/consumers'
import { after, type TestContext } from 'node:test'
import type { AdmissionRequest, UserInfo } from '../../../src/core/admission/request.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { fillStatus, type Activation } from '../../../src/core/breakglass/next-status.ts'
import { toAnswer } from '../../../src/core/decision/answer.ts'
import { at, stringAt, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'
import { fakeGrants, type FakeGrants } from '../../fakes/grants.ts'
import { clusterUid } from '../../core/breakglass/issuing.ts'
import { gvk, gvr } from '../../core/decision/deciding.ts'
import { begin, breakGlassPolicy, holder, hour, replica } from '../../core/decision/granting.ts'
import { json, startApiServer, type FakeApiServer } from '../../kubernetes/api-server.ts'

interface Given {
  readonly user?: UserInfo
  readonly policy?: ReturnType<typeof breakGlassPolicy>
  /** Epoch ms, by the clock of this cluster. */
  readonly now?: number
  /** What RBAC refuses. */
  readonly refuses?: (attributes: JsonObject) => boolean
  /** Nobody fills the status of a new grant: the first use does. */
  readonly isUnfilled?: boolean
  /** In place of an answer. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean
}

export interface FakeCluster extends FakeApiServer {
  grants: FakeGrants
  /** Who is asking from now on. */
  user: UserInfo
  now: number
  /** Attributes of every SelfSubjectAccessReview. */
  readonly asked: JsonObject[]
  /** Every body that came in. */
  readonly bodies: string[]
}

/**
 * An API server with the real rules about grants and approvals, and what the controller does with them.
 * One for all tests of a file, each of which begins anew.
 */
export async function startCluster(): Promise<(given?: Given) => FakeCluster> {
  let given: Given = {}
  const names = new Set<string>()
  const server = await startApiServer({ after } as TestContext, (request, response) => {
    response.setHeader('date', new Date(cluster.now).toUTCString())
    if (given.instead?.(request, response) === true) return
    void answer(request, response).catch((error: unknown) => json(response, 500, String(error)))
  })
  const cluster: FakeCluster = Object.assign(server, {
    grants: fakeGrants(),
    user: holder,
    now: begin,
    asked: [],
    bodies: [],
  })

  interface Call {
    readonly method: string
    readonly body: JsonObject
    readonly name: string
    readonly response: ServerResponse
  }

  const collections: Readonly<Record<string, (call: Call) => void | Promise<void>>> = {
    namespaces: ({ name, response }) =>
      json(response, 200, { metadata: { name, uid: clusterUid } }),
    selfsubjectreviews: ({ response }) => json(response, 201, identity()),
    selfsubjectaccessreviews: ({ body, response }) => json(response, 201, access(body)),
    breakglassapprovals: ({ body, response }) => approve(body, response),
    breakglassgrants: ({ method, body, name, response }) => {
      if (method === 'POST') return create(body, response)
      if (name === '') return json(response, 200, { items: all() })
      return one(name, { method, body }, response)
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request
    const body = method === 'GET' ? {} : ((await readJson(request)) as JsonObject)
    cluster.bodies.push(JSON.stringify(body))
    const [, collection = '', name = ''] = /\/v1\w*\/(\w+)(?:\/([^/]+))?$/.exec(url) ?? []
    const handle = collections[collection]
    if (handle !== undefined) return handle({ method, body, name, response })
    refuse(response, { code: 404, reason: 'NotFound', message: url })
  }

  async function one(
    name: string,
    { method, body }: { readonly method: string; readonly body: JsonObject },
    response: ServerResponse,
  ): Promise<void> {
    const stored = cluster.grants.stored(name)
    if (stored === undefined) {
      return refuse(response, { code: 404, reason: 'NotFound', message: name, name })
    }
    return method === 'GET' ? json(response, 200, stored) : change(stored, body, response)
  }

  function identity(): JsonObject {
    const { username, uid, groups, extra } = cluster.user
    return { status: { userInfo: { username, uid, groups, extra: Object.fromEntries(extra) } } }
  }

  function all(): readonly JsonObject[] {
    return [...names].map((name) => cluster.grants.stored(name)).filter((one) => one !== undefined)
  }

  function access(body: JsonObject): JsonObject {
    const attributes = at(body, 'spec', 'resourceAttributes') as JsonObject
    cluster.asked.push(attributes)
    return { status: { allowed: given.refuses?.(attributes) !== true } }
  }

  async function create(body: JsonObject, response: ServerResponse): Promise<void> {
    const name = stringAt(body, 'metadata', 'name') ?? ''
    if (cluster.grants.stored(name) !== undefined) {
      return refuse(response, { code: 409, reason: 'AlreadyExists', message: name, name })
    }
    const creationTimestamp = momentText(cluster.now)
    const object = { ...body, metadata: { name, uid: name, creationTimestamp } }
    let activation: Activation | undefined
    const why = await denial({ operation: 'CREATE', name, object }, (seen) => (activation = seen))
    if (why !== undefined) return refuse(response, { code: 403, reason: 'Forbidden', message: why })
    cluster.grants.put(object)
    names.add(name)
    json(response, 201, cluster.grants.stored(name))
    if (activation !== undefined && given.isUnfilled !== true) fill(name, activation)
  }

  function fill(name: string, activation: Activation): void {
    const stored = cluster.grants.stored(name) ?? {}
    const filled = fillStatus(activation, stored)
    if (filled.kind === 'leave') return
    const { token: _token, ...spec } = stored['spec'] as JsonObject
    cluster.grants.put({ ...stored, spec, status: filled.status })
  }

  async function change(stored: JsonObject, body: JsonObject, response: ServerResponse) {
    const spec = { ...(stored['spec'] as JsonObject), ...(body['spec'] as JsonObject) }
    const object = { ...stored, spec }
    const name = stringAt(stored, 'metadata', 'name') ?? ''
    const why = await denial({ operation: 'UPDATE', name, object, oldObject: stored })
    if (why !== undefined) return refuse(response, { code: 403, reason: 'Forbidden', message: why })
    cluster.grants.put(object)
    json(response, 200, object)
  }

  async function approve(body: JsonObject, response: ServerResponse): Promise<void> {
    const name = stringAt(body, 'metadata', 'name') ?? ''
    if (names.has(name))
      return refuse(response, { code: 409, reason: 'AlreadyExists', message: name, name })
    const resource = gvr('breakglassapprovals', 'solewriter.dev', 'v1alpha1')
    const kind = gvk('BreakGlassApproval', 'solewriter.dev', 'v1alpha1')
    const why = await denial({ operation: 'CREATE', name, object: body, resource, kind })
    if (why !== undefined) return refuse(response, { code: 403, reason: 'Forbidden', message: why })
    names.add(name)
    json(response, 201, body)
    const grant = cluster.grants.stored(stringAt(body, 'spec', 'grant') ?? '') ?? {}
    const now = { activatedAt: momentText(cluster.now), expiresAt: momentText(cluster.now + hour) }
    const approvals: Json = [{ by: stringAt(body, 'spec', 'by') ?? '' }]
    const next = { ...(grant['status'] as JsonObject), phase: 'Active', approvals, ...now }
    cluster.grants.put({ ...grant, status: next })
  }

  /** The words of the webhook; undefined when it admits. */
  async function denial(
    about: Partial<AdmissionRequest>,
    onActivation: (activation: Activation) => void = () => {},
  ): Promise<string | undefined> {
    const { grants } = cluster
    const { policy = breakGlassPolicy() } = given
    const world = { grants, policy, now: () => cluster.now, onActivation }
    const decision = await replica(world)({
      user: cluster.user,
      resource: gvr('breakglassgrants', 'solewriter.dev', 'v1alpha1'),
      kind: gvk('BreakGlassGrant', 'solewriter.dev', 'v1alpha1'),
      namespace: '',
      oldObject: null,
      ...about,
    })
    const { message } = toAnswer(decision, {})
    return decision.allowed
      ? undefined
      : `admission webhook "writes.solewriter.dev" denied the request: ${message}`
  }

  return (next = {}) => {
    given = next
    names.clear()
    const { user = holder, now = begin } = next
    for (const list of [cluster.asked, cluster.bodies, cluster.requests]) list.length = 0
    return Object.assign(cluster, { grants: fakeGrants(), user, now })
  }
}

interface Failure {
  readonly code: number
  readonly reason: string
  readonly message: string
  /** What it was about; without it nobody knows the path. */
  readonly name?: string
}

export function refuse(response: ServerResponse, { name, ...failure }: Failure): void {
  const details = name === undefined ? {} : { details: { name } }
  json(response, failure.code, { kind: 'Status', status: 'Failure', ...failure, ...details })
}
