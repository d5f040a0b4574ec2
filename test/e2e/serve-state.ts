import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Cluster } from '../cluster/cluster.ts'
import { exchange } from '../cluster/http.ts'
import { layoutOf } from '../cluster/layout.ts'

// What `serve` says about itself: readiness, metrics, log.

export interface LogLine {
  readonly event: string
  readonly [field: string]: unknown
}

function serveLog(cluster: Cluster, replica = 0): string {
  return readFileSync(path.join(layoutOf(cluster.dir).logs, `serve-${replica}.log`), 'utf8')
}

export function logLines(cluster: Cluster, event: string, replica = 0): readonly LogLine[] {
  const lines = serveLog(cluster, replica)
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
  return lines.map((line) => JSON.parse(line) as LogLine).filter((line) => line.event === event)
}

export interface Readyz {
  readonly status: number
  readonly ready: boolean
  /** By name: whether it is as it should be. */
  readonly checks: ReadonlyMap<string, boolean>
}

export async function readyz(cluster: Cluster, replica = 0): Promise<Readyz> {
  const url = cluster.webhook?.replicas[replica]?.ready ?? ''
  const { status, text } = await exchange({ url })
  const { ready, checks } = JSON.parse(text) as {
    readonly ready: boolean
    readonly checks: readonly { readonly name: string; readonly ok: boolean }[]
  }
  return { status, ready, checks: new Map(checks.map(({ name, ok }) => [name, ok])) }
}

/** The value of one series, as `solewriter_mirror_stale{repository="fleet"}` names it. */
export async function metric(cluster: Cluster, series: string): Promise<number | undefined> {
  const { text } = await exchange({ url: cluster.webhook?.metrics ?? '' })
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
