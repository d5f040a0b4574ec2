import assert from 'node:assert/strict'
import {
  grants,
  patch,
  postMortems,
  startGround,
  type Ground,
  type Wanted,
} from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { assertTaken } from './refusals.ts'
import type { ApiRequest, Requester } from './requester.ts'

export const web = '/apis/apps/v1/namespaces/web/deployments/web'
export const maps = '/api/v1/namespaces/web/configmaps'

export const deployment = (replicas: number) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  replicas: ${replicas}
  paused: true
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: 'example.com/a:1'}]}
`
export const configMap = (name: string, value: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: web}
data: {value: "${value}"}
`

export const everything: Wanted['details'] = [
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'deployments/scale'],
    operations: ['UPDATE'],
    namespaces: ['web'],
    fields: ['*'],
  },
  {
    apiGroups: [''],
    resources: ['configmaps', 'resourcequotas'],
    operations: ['CREATE', 'UPDATE'],
    namespaces: ['web'],
    fields: ['*'],
  },
  { apiGroups: [''], resources: ['configmaps'], operations: ['DELETE'], namespaces: ['web'] },
]

interface Use {
  readonly n: number
  readonly time: string
  readonly state: string
  readonly unnecessary?: boolean
  readonly resolution?: {
    readonly kind: string
    readonly repository: string
    readonly commit: string
  }
}

interface PostMortem {
  readonly phase: string
  readonly due?: { readonly draft: string; readonly review: string }
  readonly overdue?: readonly string[]
  readonly resolvedAt?: string
  readonly closedAt?: string
  readonly uses?: readonly Use[]
  readonly conditions?: readonly Condition[]
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

/** A cluster whose repository can be reached: ci has applied all of it, and alice may write over it. */
export interface PostMortemGround {
  readonly fleet: Fleet
  readonly ground: Ground
  readonly alice: Requester
  readonly bob: Requester
  readonly ci: Requester
  end(): Promise<void>
}

export async function startPostMortems(): Promise<PostMortemGround> {
  const names = ['settings', 'old', 'kept']
  const files = names.map((name): [string, string] => [`${name}.yaml`, configMap(name, 'one')])
  const fleet = await makeFleet({ 'web.yaml': deployment(1), ...Object.fromEntries(files) })
  const ground = await startGround({ fleet: fleet.directory })
  const [alice, bob, ci] = ['alice', 'bob', 'ci'].map((user) => ground.as(user)) as [
    Requester,
    Requester,
    Requester,
  ]
  const commit = await headOf(fleet)
  assertTaken(await ci(applyWeb(1, commit)), 201)
  for (const name of names) assertTaken(await ci(applyMap(name, 'one', commit)), 201)
  return {
    fleet,
    ground,
    alice,
    bob,
    ci,
    async end() {
      await ground.end()
      fleet.remove()
    },
  }
}

export function headOf(fleet: Fleet): Promise<string> {
  return fleet.git(['rev-parse', 'main'])
}

/** A commit that changes nothing but says something. */
export async function commitMessage(fleet: Fleet, message: string): Promise<string> {
  const [parent, tree] = [await headOf(fleet), await fleet.git(['rev-parse', 'main^{tree}'])]
  const commit = await fleet.git(['commit-tree', '-p', parent, tree], message)
  await fleet.git(['update-ref', 'refs/heads/main', commit])
  return commit
}

/** What ci does with a commit: a server-side apply of the manifest, with where it comes from. */
function apply(path: string, body: object): ApiRequest {
  const where = `${path}?fieldManager=ci&force=true`
  return { method: 'PATCH', path: where, body, type: 'application/apply-patch+yaml' }
}

const marks = (name: string, commit: string) => ({
  name,
  annotations: { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commit },
})

function applyWeb(replicas: number, commit: string): ApiRequest {
  const labels = { app: 'web' }
  const containers = [{ name: 'main', image: 'example.com/a:1' }]
  const template = { metadata: { labels }, spec: { containers } }
  const spec = { replicas, paused: true, selector: { matchLabels: labels }, template }
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment' }
  return apply(web, { ...kind, metadata: marks('web', commit), spec })
}

export function applyMap(name: string, value: string, commit: string): ApiRequest {
  const kind = { apiVersion: 'v1', kind: 'ConfigMap' }
  return apply(`${maps}/${name}`, { ...kind, metadata: marks(name, commit), data: { value } })
}

/** A grant, its uses and its post-mortem, as they come to be. */
export class Followed {
  readonly name: string
  readonly path: string
  readonly #on: PostMortemGround

  constructor(name: string, on: PostMortemGround) {
    this.name = name
    this.path = `${postMortems}/${name.replace('bg-', 'pm-')}`
    this.#on = on
  }

  async use(n = 1): Promise<Use | undefined> {
    const { status } = await this.#on.ground.grant(this.name)
    const uses = (status?.uses ?? []) as unknown as readonly Use[]
    return uses.find((use) => use.n === n)
  }

  becomes(state: string, n = 1): Promise<void> {
    return eventually(`use ${n} is ${state}`, async () => (await this.use(n))?.state === state)
  }

  /** Resolves with the commit. */
  async resolvesTo(kind: string, n = 1): Promise<string> {
    let found: Use['resolution']
    await eventually(`use ${n} is ${kind}`, async () => {
      found = (await this.use(n))?.resolution
      assert.ok(found === undefined || found.kind === kind, JSON.stringify(found))
      return found !== undefined
    })
    assert.equal(found?.repository, kind === 'NotCommitted' ? '' : 'fleet')
    return found?.commit ?? ''
  }

  async isOpen(n = 1): Promise<void> {
    assert.equal((await this.use(n))?.resolution, undefined)
  }

  async postMortem(): Promise<PostMortem> {
    const { json } = await this.#on.bob({ method: 'GET', path: this.path })
    return (json['status'] ?? {}) as unknown as PostMortem
  }

  comesTo(phase: string): Promise<void> {
    return eventually(`the post-mortem is ${phase}`, async () => {
      return (await this.postMortem()).phase === phase
    })
  }

  async condition(type: string): Promise<Condition | undefined> {
    const { conditions = [] } = await this.postMortem()
    return conditions.find((one) => one.type === type)
  }

  says(what: RegExp | string): Promise<void> {
    return eventually(`the post-mortem says ${String(what)}`, async () => {
      const { message = '' } = (await this.condition('Resolved')) ?? {}
      return typeof what === 'string' ? message.includes(what) : what.test(message)
    })
  }

  async end(): Promise<void> {
    assertTaken(await this.#on.alice(patch(`${grants}/${this.name}`, { spec: { ended: true } })))
  }

  /** Then no engine is kept from putting things back. */
  async revoke(): Promise<void> {
    const revoked = { by: 'bob', reason: 'this is over' }
    assertTaken(await this.#on.bob(patch(`${grants}/${this.name}`, { spec: { revoked } })))
  }
}
