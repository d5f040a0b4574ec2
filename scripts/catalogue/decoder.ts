import { createReadStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject, stringAt, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { connect, type Api } from '../../src/kubernetes/api.ts'
import { startCluster } from '../../test/cluster/cluster.ts'

// How the API server reads an object can be seen in its audit log: what it logs of a request is
// the object decoded and with its defaults, before any admission plugin and before validation. So
// a probe need be no valid object, and no plugin adds anything of its own.

export interface Probe {
  /** Where objects of its kind are created. */
  readonly collection: string
  readonly object: JsonObject
}

/** What the API server has read; or why it could not. */
export type Reading =
  { readonly object: JsonObject } | { readonly object: undefined; readonly refusal: string }

export interface Decoder {
  /** What the server calls itself, such as `v1.36.3`. */
  readonly server: string
  readonly api: Api
  /** The readings in the order of the probes. Nothing is stored. */
  read(probes: readonly Probe[]): Promise<readonly Reading[]>
  end(): Promise<void>
}

const concurrency = 16
const patience = 60_000

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Request', users: ['admin'], verbs: ['create'] }, { level: 'None' }],
}

/** A cluster of its own, with every API that it has. */
export async function startDecoder(progress: (line: string) => void): Promise<Decoder> {
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-catalogue-'))
  const policyFile = path.join(dir, 'audit-policy.json')
  writeFileSync(policyFile, JSON.stringify(auditPolicy))
  const cluster = await startCluster({
    progress,
    apiServerFlags: [`--audit-policy-file=${policyFile}`, '--runtime-config=api/all=true'],
  })
  const api = connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs['admin'] ?? ''] })
  const { body: version } = await api.send({ method: 'GET', path: '/version' })
  let batch = 0
  return {
    server: stringAt(version, 'gitVersion') ?? '',
    api,
    async read(probes) {
      batch += 1
      const from = statSync(cluster.auditLog).size
      await sendAll({ api, probes, batch: `catalogue-${batch}`, progress })
      return readLog({
        file: cluster.auditLog,
        from,
        batch: `catalogue-${batch}`,
        count: probes.length,
      })
    },
    async end() {
      api.close()
      await cluster.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

interface Sending {
  readonly api: Api
  readonly probes: readonly Probe[]
  readonly batch: string
  readonly progress: (line: string) => void
}

async function sendAll({ api, probes, batch, progress }: Sending): Promise<void> {
  const waiting = probes.entries()
  const work = async () => {
    for (const [index, { collection, object }] of waiting) {
      if (index % 2_000 === 0) progress(`${index} of ${probes.length} probes`)
      await api.send({
        method: 'POST',
        path: `${collection}?dryRun=All&fieldValidation=Ignore`,
        body: object,
        headers: { 'audit-id': `${batch}-${index}` },
        timeoutMs: 60_000,
      })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
}

interface LogPart {
  readonly file: string
  readonly from: number
  readonly batch: string
  readonly count: number
}

async function readLog(part: LogPart): Promise<readonly Reading[]> {
  const readings = new Map<number, Reading>()
  // An event is logged when the answer is out; the last ones may take a moment.
  for (const end = performance.now() + patience; ;) {
    for await (const line of createInterface({
      input: createReadStream(part.file, { start: part.from }),
    })) {
      const [index, reading] = readingOf(line, part.batch) ?? []
      if (index !== undefined && reading !== undefined) readings.set(index, reading)
    }
    if (readings.size === part.count) break
    if (performance.now() > end)
      throw new Error(`the audit log has ${readings.size} of ${part.count} probes`)
    await sleep(200)
  }
  return [...readings].toSorted(([a], [b]) => a - b).map(([, reading]) => reading)
}

function readingOf(line: string, batch: string): readonly [number, Reading] | undefined {
  const event = parsed(line)
  const id = stringAt(event, 'auditID')
  if (!isJsonObject(event) || id === undefined || !id.startsWith(`${batch}-`)) return undefined
  const object = event['requestObject']
  const index = Number(id.slice(batch.length + 1))
  if (isJsonObject(object)) return [index, { object }]
  return [
    index,
    { object: undefined, refusal: stringAt(event, 'responseStatus', 'message') ?? 'not read' },
  ]
}

/** No probe has one, so it is the time of the request, which is no default. */
function isTime(value: Json): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
}

/** Undefined for a line that is not whole yet. */
function parsed(line: string): Json | undefined {
  try {
    return JSON.parse(line, (_, value: Json) => (isTime(value) ? null : value)) as Json
  } catch {
    return undefined
  }
}
