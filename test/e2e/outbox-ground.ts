import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { parseAllDocuments, stringify } from 'yaml'
import { momentText } from '../../src/core/breakglass/moment.ts'
import { toMessage } from '../../src/core/breakglass/outbox/cloud-event.ts'
import { eventsOf } from '../../src/core/breakglass/outbox/events.ts'
import { at, stringAt, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { clusterUid } from '../../src/kubernetes/cluster.ts'
import type { Received } from '../sinks/receiver.ts'
import { startApiCluster, type ApiCluster } from './api-cluster.ts'
import { grants, postMortems } from './break-glass-ground.ts'
import { eventually } from './eventually.ts'

/** An API server with our definitions and no webhook: a test says how grants stand. */
export interface OutboxGround {
  readonly own: ApiCluster
  readonly dir: string
  /** From now on these are the sinks. */
  sinks(list: readonly object[]): void
  /** An active grant, with its post-mortem. */
  newGrant(): Promise<string>
  grant(name: string): Promise<JsonObject>
  /** Changes its status; with the time of the cluster. */
  change(name: string, next: (status: JsonObject) => JsonObject): Promise<void>
  /** One more write under it. */
  use(name: string): Promise<void>
  /** It is over, and nothing is left to do. */
  close(name: string): Promise<void>
  /** CloudEvents that its state implies, by now. */
  expected(name: string): Promise<readonly JsonObject[]>
  keeper(): Promise<Keeper>
  end(): Promise<void>
}

export interface Keeper {
  /** `kill -9`. */
  kill(): Promise<void>
  stop(): Promise<void>
  metrics(): Promise<string>
  readonly log: readonly string[]
}

const definitions = path.join(import.meta.dirname, '..', '..', 'manifests', 'base', 'crds.yaml')
const program = path.join(import.meta.dirname, 'outbox-keeper.ts')

export async function startOutboxGround(): Promise<OutboxGround> {
  const own = await startApiCluster()
  for (const one of parseAllDocuments(readFileSync(definitions, 'utf8'), { version: '1.1' })) {
    await own.apply(one.toJS() as object)
  }
  await own.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s')
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-outbox-'))
  const policy = path.join(dir, 'policy.yaml')
  const running = new Set<ChildProcess>()
  const uid = await clusterUid(own.api)

  const send = async (method: string, target: string, body?: JsonObject) => {
    const headers = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}
    const request = { method, path: target, headers, ...(body !== undefined && { body }) }
    const answer = await own.api.send(request as Parameters<typeof own.api.send>[0])
    assert.ok(answer.status < 300, JSON.stringify(answer.body))
    return answer.body as JsonObject
  }
  const grant = (name: string) => send('GET', `${grants}/${name}`)
  const postMortem = (name: string) => send('GET', `${postMortems}/${name.replace('bg-', 'pm-')}`)
  const change: OutboxGround['change'] = async (name, next) => {
    for (;;) {
      const stored = await grant(name)
      const status = next(at(stored, 'status') as JsonObject)
      const target = `${grants}/${name}/status`
      const body = { ...stored, status }
      const answer = await own.api.send({ method: 'PUT', path: target, body })
      if (answer.status === 409) continue
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      return
    }
  }

  return {
    own,
    dir,
    grant,
    change,
    sinks(list) {
      const text = stringify({
        apiVersion: 'solewriter.dev/v1alpha1',
        kind: 'Policy',
        metadata: { name: 'outbox' },
        spec: { mode: 'enforce', breakGlass: { sinks: list } },
      })
      writeFileSync(policy, text)
    },
    async newGrant() {
      const name = `bg-${randomUUID()}`
      const kind = { apiVersion: 'solewriter.dev/v1alpha1', kind: 'BreakGlassGrant' }
      await send('POST', grants, { ...kind, metadata: { name }, spec: {} })
      await send('PATCH', `${grants}/${name}/status`, { status: filled() })
      const pm = { name: name.replace('bg-', 'pm-') }
      await send('POST', postMortems, {
        ...kind,
        kind: 'PostMortem',
        metadata: pm,
        spec: { grant: name },
      })
      await send('PATCH', `${postMortems}/${pm.name}/status`, { status: { phase: 'Open' } })
      return name
    },
    use: (name) =>
      change(name, (status) => {
        const uses = (at(status, 'uses') ?? []) as readonly Json[]
        return { ...status, uses: [...uses, useNumber(uses.length + 1)] }
      }),
    async close(name) {
      await change(name, (status) => ({ ...status, phase: 'Ended' }))
      const now = momentText(Date.now())
      const status = { phase: 'Closed', resolvedAt: now, closedAt: now }
      await send('PATCH', `${postMortems}/${name.replace('bg-', 'pm-')}/status`, { status })
    },
    async expected(name) {
      const told = {
        grant: await grant(name),
        postMortem: await postMortem(name),
        now: Date.now(),
      }
      const teller = { clusterUid: uid, cluster: 'outbox' }
      return eventsOf(told).map((one) => toMessage(one, told, teller).event)
    },
    async keeper() {
      const child = spawn(
        process.execPath,
        [program, own.cluster.kubeconfigs['admin'] ?? '', policy],
        {
          stdio: ['pipe', 'pipe', 'pipe'],
        },
      )
      running.add(child)
      const log: string[] = []
      createInterface(child.stderr).on('line', (line) => log.push(line))
      const lines = createInterface(child.stdout)
      const ended = (signal: NodeJS.Signals) => async () => {
        running.delete(child)
        child.kill(signal)
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      }
      return {
        log,
        kill: ended('SIGKILL'),
        stop: ended('SIGTERM'),
        async metrics() {
          const line = once(lines, 'line') as Promise<[string]>
          child.stdin.write('\n')
          return JSON.parse((await line)[0]) as string
        },
      }
    },
    async end() {
      for (const child of running) child.kill('SIGKILL')
      await own.end()
      rmSync(dir, { recursive: true })
    },
  }
}

function filled(): JsonObject {
  const now = Date.now()
  return {
    phase: 'Active',
    tokenSHA256: 'ab'.repeat(32),
    issuer: 'oncall',
    kid: 'k',
    subject: { username: 'alice', uid: '', credential: 'none' },
    incident: 'INC-7',
    reason: '5xx storm, more of the api',
    scope: [{ resources: ['deployments.apps'], operations: ['UPDATE'], namespaces: ['pay'] }],
    activatedAt: momentText(now),
    expiresAt: momentText(now + 3_600_000),
    sessionSeconds: 3600,
    maxUses: 100,
    uses: [],
  }
}

function useNumber(n: number): JsonObject {
  return {
    n,
    fingerprint: `sha256:${n}`,
    decisionId: `01K${n}`,
    time: momentText(Date.now()),
    op: 'UPDATE',
    target: {
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      subresource: '',
      namespace: 'pay',
      name: 'api',
      uid: 'd1',
    },
    paths: ['spec.replicas'],
    tips: [],
    state: 'Admitted',
  }
}

/** Of one grant, as they came. */
export function eventsIn(received: readonly Received[], grant: string): readonly JsonObject[] {
  return received
    .map(({ body }) => body as JsonObject)
    .filter((event) => event['correlationid'] === grant)
}

/** Each once, where it came first; the same each time that it came. */
export function distinct(events: readonly JsonObject[]): readonly JsonObject[] {
  const byId = new Map<string, JsonObject>()
  for (const event of events) {
    const id = stringAt(event, 'id') ?? ''
    const before = byId.get(id)
    if (before === undefined) byId.set(id, event)
    else assert.deepEqual(event, before)
  }
  return [...byId.values()]
}

export function typesOf(events: readonly JsonObject[]): readonly string[] {
  return events.map((event) => (stringAt(event, 'type') ?? '').slice('dev.solewriter.'.length, -3))
}

/**
 * Waits until all that the state implies was told, and nothing else; each object's events in order: who
 * tells sees the two objects by two watches.
 */
export async function untilTold(
  ground: OutboxGround,
  grant: string,
  events: () => readonly JsonObject[],
): Promise<void> {
  const all = await ground.expected(grant)
  await eventually(`all of ${grant} is told`, () => distinct(events()).length >= all.length)
  const told = distinct(events())
  for (const kind of ['breakglassgrants/', 'postmortems/']) {
    const own = (list: readonly JsonObject[]) =>
      list.filter((event) => stringAt(event, 'subject')?.startsWith(kind) === true)
    assert.deepEqual(typesOf(own(told)), typesOf(own(all)))
    assert.deepEqual(own(told), own(all))
  }
}
