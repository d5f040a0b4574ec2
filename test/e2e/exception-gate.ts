import { resourceName, type AdmissionRequest } from '../../src/core/admission/request.ts'
import type { AdmissionAnswer } from '../../src/core/admission/response.ts'
import { changedFields } from '../../src/core/exceptions/changed-fields.ts'
import type { Cluster } from '../../src/core/exceptions/cluster.ts'
import { matchException } from '../../src/core/exceptions/match.ts'
import { formatFieldPath } from '../../src/core/manifest/field-path.ts'
import type { Policy } from '../../src/core/policy/schema.ts'
import { createAdmissionServer } from '../../src/server/admission.ts'
import { createLogTo } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { callerName } from '../cluster/pki-files.ts'
import { createAuthority, issue } from '../cluster/pki.ts'
import type { ExternalWebhook } from '../cluster/plan.ts'

export interface ExceptionGate {
  readonly webhook: ExternalWebhook
  /** What no exception covered, one line each. */
  readonly refused: readonly string[]
  /** Names of the rows by which something was admitted. */
  readonly used: ReadonlySet<string>
  /** The cluster that conditions ask; reviews that need it wait until it is there. */
  attach(cluster: Cluster): void
  stop(): Promise<void>
}

interface GateOptions {
  readonly policy: Policy
  /** Users of the test itself, who may do everything. */
  readonly trusted: readonly string[]
}

const signal = new AbortController().signal

/** A webhook that asks nothing but the exceptions, under `Fail`. */
export async function openExceptionGate({ policy, trusted }: GateOptions): Promise<ExceptionGate> {
  const authority = await createAuthority('exception-gate')
  const [serving, client] = await Promise.all([
    issue(authority, { kind: 'server', dnsNames: ['localhost'], ips: ['127.0.0.1'] }),
    issue(authority, { kind: 'client', user: callerName }),
  ])
  const refused: string[] = []
  const used = new Set<string>()
  const attached = Promise.withResolvers<Cluster>()
  const cluster: Cluster = {
    read: async (reference) => (await attached.promise).read(reference, signal),
    list: async (kind) => (await attached.promise).list(kind, signal),
  }
  const handle = async (request: AdmissionRequest): Promise<AdmissionAnswer> => {
    if (trusted.includes(request.user.username) || isNeverDesired(request)) return answer(true, '')
    const changed = changedFields(request)
    const found = await matchException(policy, request, { cluster, signal, changed: () => changed })
    if (found.kind === 'covered') {
      used.add(found.rule)
      return answer(true, '')
    }
    if (request.operation === 'UPDATE' && changed.length === 0) return answer(true, '')
    const paths = changed.slice(0, 12).map(formatFieldPath).join(' ')
    refused.push(`${describe(request)} [${paths}] ${found.reach() ?? 'no row names it'}`)
    return answer(false, `no exception covers it. ${found.reach() ?? ''}`)
  }
  const server = createAdmissionServer({
    listen: { host: '127.0.0.1', port: 0 },
    tls: { certificatePem: serving.cert, keyPem: serving.key },
    callerAuth: { kind: 'mtls', clientCaPem: authority.cert, names: [callerName] },
    handle,
    ownAccounts: () => false,
    metrics: createMetrics(),
    log: createLogTo({ write: () => undefined }, { level: 'error', now: Date.now }),
    now: () => performance.now(),
  })
  const { port } = await server.start()
  return {
    webhook: { url: `https://127.0.0.1:${port}/validate`, caBundle: authority.cert, client },
    refused,
    used,
    attach: attached.resolve,
    stop: () => server.stop(),
  }
}

/** Row 4 of the decision table, which comes first. */
function isNeverDesired({ resource: { group, resource } }: AdmissionRequest): boolean {
  const reviews = ['authentication.k8s.io', 'authorization.k8s.io']
  return reviews.includes(group) || resource === 'events'
}

function describe(request: AdmissionRequest): string {
  const { operation, namespace, name, user } = request
  return `${user.username} ${operation} ${resourceName(request)} ${namespace}/${name}`
}

function answer(allowed: boolean, message: string): AdmissionAnswer {
  return { allowed, message, causes: [], warnings: [], auditAnnotations: {} }
}
