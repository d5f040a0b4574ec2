import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import type { Listed } from '../../../src/cli/console/cluster-lists.ts'
import { RecordIndex } from '../../../src/cli/console/record-index.ts'
import { RecordSearch } from '../../../src/cli/console/record-search.ts'
import { createConsolePages } from '../../../src/cli/console/site.ts'
import type { ConsoleSources } from '../../../src/cli/console/sources.ts'
import type { PolicySource } from '../../../src/config/policy-file.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { parsePolicy } from '../../../src/core/policy/parse.ts'
import { createConsoleServer, type ConsoleServerOptions } from '../../../src/server/console.ts'
import { createLogTo } from '../../../src/telemetry/log.ts'
import { sampleDrift } from './sample-drift.ts'
import { sampleCheckpoints, sampleGrants, samplePods, samplePostMortems } from './sample-objects.ts'
import { head, moment, sampleRecords } from './samples.ts'

const policyText = `
apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: prod-eu-1}
spec:
  mode: enforce
  scopes:
  - {namespaces: [sandbox-*], mode: audit}
  repositories:
  - {name: fleet, url: https://git.example.com/acme/fleet.git, branches: [main]}
  - {name: base, url: git@git.example.com:acme/base.git, branches: [main, release-1]}
`

export interface Ground {
  readonly url: string
  readonly records: string
  /** Lines that the server has logged. */
  readonly log: () => string
  readonly sources: ConsoleSources
}

export interface GroundOptions {
  readonly records?: readonly JsonObject[]
  readonly grants?: readonly JsonObject[]
  readonly postMortems?: readonly JsonObject[]
  readonly sources?: Partial<ConsoleSources>
  readonly server?: Partial<ConsoleServerOptions>
  readonly now?: () => number
}

/** A console over the samples, without a cluster. */
export async function startConsole(
  t: Pick<TestContext, 'after'>,
  options: GroundOptions = {},
): Promise<Ground> {
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-console-'))
  t.after(() => {
    rmSync(dir, { recursive: true })
  })
  const records = path.join(dir, 'records')
  mkdirSync(records)
  writeRecords(records, options.records ?? sampleRecords())
  const now = options.now ?? (() => moment)
  const sources = { ...sourcesOver(records, options, now), ...options.sources }
  const lines: string[] = []
  const log = createLogTo({ write: (line: string) => lines.push(line) }, { level: 'info', now })
  const server = createConsoleServer({
    listen: { host: '127.0.0.1', port: 0 },
    tls: undefined,
    review: 'none',
    pages: createConsolePages(sources),
    now,
    newSecret: () => randomBytes(32).toString('base64url'),
    log,
    ...options.server,
  })
  const { port } = await server.start()
  t.after(() => server.stop())
  const scheme = options.server?.tls === undefined ? 'http' : 'https'
  return { url: `${scheme}://127.0.0.1:${port}`, records, log: () => lines.join(''), sources }
}

function writeRecords(
  dir: string,
  records: readonly JsonObject[],
  name = '01K3BAT0000000000000000000-solewriter-0-000001.jsonl',
): void {
  writeFileSync(path.join(dir, name), records.map((one) => `${JSON.stringify(one)}\n`).join(''))
}

function sourcesOver(records: string, options: GroundOptions, now: () => number): ConsoleSources {
  const read = (objects: readonly JsonObject[]) => () =>
    Promise.resolve<Listed>({ kind: 'read', objects })
  const fresh = { isStale: false, unread: 0, problem: undefined }
  return {
    policy: policyOf(policyText),
    lists: {
      grants: read(options.grants ?? sampleGrants()),
      postMortems: read(options.postMortems ?? samplePostMortems()),
      checkpoints: read(sampleCheckpoints()),
      pods: read(samplePods()),
    },
    records: {
      index: new RecordIndex({ places: [records], now }),
      search: new RecordSearch([records]),
    },
    gate: () => ({ isLeading: true, isEmergency: false, faults: [] }),
    mirrors: () =>
      new Map([
        ['fleet', { ...fresh, ageSeconds: 12, tips: [{ branch: 'main', commit: head }] }],
        [
          'base',
          {
            ...fresh,
            ageSeconds: 4100,
            isStale: true,
            unread: 2,
            problem: 'the host does not answer',
            tips: [],
          },
        ],
      ]),
    drift: () => Promise.resolve(sampleDrift()),
    cluster: () => `prod-eu-1`,
    now,
  }
}

function policyOf(text: string): PolicySource {
  const parsed = parsePolicy(text, 'policy.yaml')
  if (parsed.kind !== 'ok') throw new Error(JSON.stringify(parsed))
  const snapshot = {
    policy: parsed.policy,
    hash: `sha256:${'77'.repeat(32)}`,
    loadedAt: 0,
    warnings: [],
  }
  return {
    current: () => snapshot,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    onChange: () => () => undefined,
    lastError: () => undefined,
  }
}
