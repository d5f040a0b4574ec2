import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createGate } from '../src/cli/serve/gate.ts'
import { memoryGrants } from '../src/cli/memory-grants.ts'
import { Estate } from '../src/cli/estate/estate.ts'
import { parsePolicy } from '../src/core/policy/parse.ts'
import { openJournal } from '../src/journal/journal.ts'
import { openLauncher } from '../src/processes/launcher.ts'
import type { AdmissionServerOptions } from '../src/server/admission.ts'
import { createLog, type Log } from '../src/telemetry/log.ts'
import { createMetrics } from '../src/telemetry/metrics.ts'
import { commitOfBench, makeRepository } from './declared.ts'

/** What the benchmark asks to decide. `--subject FILE` names another module with a `createSubject`. */
export type Subject = Pick<AdmissionServerOptions, 'handle' | 'refuse' | 'ownAccounts'>
export type CreateSubject = () => Subject | Promise<Subject>

/** What `createSubject` admits from `ci`: see `writes.ts`. */
export type WriteAnnotations = Readonly<Record<string, string>>

const policyOf = (more: string) => `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: {name: bench}
spec:
  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: .}]}${more}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet]}
  tolerations:
  - {resources: [configmaps], fields: [data.round]}
`

export const createSubject: CreateSubject = async () => (await composeSubject()).subject

export interface SubjectOptions {
  /** Another repository of the policy, as a line of YAML. */
  readonly more?: string
  /** Directories to fetch instead of its URLs. */
  readonly overrides?: ReadonlyMap<string, string>
  /** For its files: one that is killed leaves them behind. */
  readonly parent?: string
  /** What goes to the log. */
  readonly watch?: Log['info']
}

export interface Composed {
  readonly subject: Subject
  readonly estate: Estate
}

/** The gate as `serve` composes it: policy, table, mirror, index, and records in files. */
export async function composeSubject(options: SubjectOptions = {}): Promise<Composed> {
  const { more = '', overrides = new Map<string, string>(), parent = tmpdir(), watch } = options
  const directory = mkdtempSync(path.join(parent, 'solewriter-bench-'))
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true })
  })
  const repository = path.join(directory, 'fleet')
  makeRepository(repository)
  const log = watched(createLog({ level: 'warn', descriptor: 2, now: Date.now }), watch)
  const parsed = parsePolicy(policyOf(more), 'bench')
  if (parsed.kind === 'invalid') throw new Error('the policy of the benchmark is not good')
  const { policy, hash } = parsed
  const estate = new Estate({
    mirrorDir: path.join(directory, 'mirrors'),
    overrides: new Map([...overrides, ['fleet', repository]]),
    searchPath: process.env['PATH'] ?? '',
    start: openLauncher().start,
    now: Date.now,
    log,
  })
  await estate.follow(policy)
  await estate.repositories.get('fleet')?.refresh(AbortSignal.timeout(30_000))
  const accounts = new Set(['system:serviceaccount:solewriter-system:solewriter'])
  const gate = createGate({
    policy: () => ({ policy, hash, loadedAt: 0, warnings: [] }),
    estate,
    journal: await openJournal({
      directory: path.join(directory, 'records'),
      writer: 'bench',
      now: Date.now,
      log,
    }),
    // Nothing here has a condition: whoever asks the cluster fails the benchmark.
    cluster: {
      read: () => Promise.reject(new Error('the benchmark has no cluster to read')),
      list: () => Promise.reject(new Error('the benchmark has no cluster to list')),
    },
    engineObjects: {
      list: () => [],
      get: () => undefined,
      read: () => Promise.reject(new Error('the benchmark has no engine')),
    },
    plansSettled: () => Promise.resolve(false),
    arePlansKnown: () => true,
    breakGlass: () => ({
      grants: memoryGrants([], { approvals: [], now: Date.now }).store,
      issuers: new Map(),
    }),
    clusterUid: 'bench',
    own: { namespace: 'solewriter-system', accounts },
    digestKey: () => new Uint8Array(32),
    config: '',
    now: Date.now,
    metrics: createMetrics(),
    log,
  })
  return { subject: { ...gate, ownAccounts: (username) => accounts.has(username) }, estate }
}

/** What is not worth a line still tells when something happens. */
function watched(log: Log, watch: Log['info'] = () => {}): Log {
  const info: Log['info'] = (event, fields) => {
    watch(event, fields)
    log.info(event, fields)
  }
  return { ...log, info }
}

export const writeAnnotations: WriteAnnotations = {
  'solewriter.dev/repo': 'fleet',
  'solewriter.dev/commit': commitOfBench(),
}
