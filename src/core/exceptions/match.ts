import type { AdmissionRequest } from '../admission/request.ts'
import type { FieldPath } from '../manifest/field-path.ts'
import type { Policy } from '../policy/schema.ts'
import {
  builtInCandidates,
  policyCandidates,
  type Candidate,
  type EngineConditions,
} from './candidates.ts'
import type { Cluster } from './cluster.ts'
import { coversPath } from './coverage.ts'
import { isNamedByPolicy, isNamedByTable, reachOf } from './reach.ts'
import type { Write } from './row.ts'

export type ExceptionMatch =
  | { readonly kind: 'covered'; readonly rule: string; readonly origin: 'built-in' | 'policy' }
  /** `reach`: how far the rows that name the identity go; made for a denial that says so. */
  | {
      readonly kind: 'not-covered'
      readonly reach: () => string | undefined
      /** Some row is about this identity and its credential; else it is human to us. */
      readonly isKnown: boolean
    }

export interface ExceptionContext {
  readonly cluster: Cluster
  readonly signal: AbortSignal
  /** See changedFields; only called when some row is about this identity, resource and operation. */
  readonly changed: () => readonly FieldPath[]
  /** For rows of presets that need one: without it they do not hold. */
  readonly engineConditions?: EngineConditions
}

/**
 * Whether an exception covers the write: identity, resource, operation, every changed field and the
 * conditions of the rows that cover them. Rejects with ClusterUnreachable when a condition cannot ask.
 */
export async function matchException(
  policy: Policy,
  request: AdmissionRequest,
  context: ExceptionContext,
): Promise<ExceptionMatch> {
  const found = await matchBuiltIn(request, context)
  if (found.kind === 'covered') return found
  const candidates = policyCandidates(policy, request, context.engineConditions)
  const lookout = lookoutOn(request, context)
  const rule = await coveringRule(candidates, lookout.write, context)
  if (rule !== undefined) return { kind: 'covered', rule, origin: 'policy' }
  return {
    kind: 'not-covered',
    reach: () => found.reach() ?? reachOf(policy, request, []),
    isKnown: found.isKnown || isNamedByPolicy(policy, request),
  }
}

/** The same for the control plane's exceptions alone. */
export async function matchBuiltIn(
  request: AdmissionRequest,
  context: ExceptionContext,
): Promise<ExceptionMatch> {
  const candidates = builtInCandidates(request)
  const lookout = lookoutOn(request, context)
  const rule = await coveringRule(candidates, lookout.write, context)
  if (rule !== undefined) return { kind: 'covered', rule, origin: 'built-in' }
  const reach = () => reachOf(undefined, request, [...lookout.lacking])
  return { kind: 'not-covered', reach, isKnown: isNamedByTable(request) }
}

/** The rows that together cover every changed field, by name; undefined if there are none. */
async function coveringRule(
  candidates: readonly Candidate[],
  write: Write,
  context: ExceptionContext,
): Promise<string | undefined> {
  if (candidates.length === 0) return undefined
  const changed = context.changed()
  const isCovered = (rows: readonly Candidate[]) =>
    rows.length > 0 && changed.every((path) => rows.some((row) => coversPath(row, path)))
  const useful = candidates.filter(
    (row) => changed.length === 0 || changed.some((path) => coversPath(row, path)),
  )
  if (!isCovered(useful)) return undefined
  const holding: Candidate[] = []
  for (const row of useful) {
    if (row.condition === undefined || (await row.condition.holds(write))) holding.push(row)
    // The rest need not be asked: conditions cost a read each.
    if (isCovered(holding)) return nameOf(holding, changed)
  }
  return undefined
}

/** One row where one is enough. */
function nameOf(rows: readonly Candidate[], changed: readonly FieldPath[]): string {
  const whole = rows.find((row) => changed.every((path) => coversPath(row, path)))
  if (whole !== undefined) return whole.name
  return [...new Set(rows.map(({ name }) => name))].join(' and ')
}

interface Lookout {
  readonly write: Write
  /** Permissions that a condition would have needed. */
  readonly lacking: ReadonlySet<string>
}

function lookoutOn(request: AdmissionRequest, context: ExceptionContext): Lookout {
  const lacking = new Set<string>()
  const noted = <T extends { readonly kind: string }>(answer: T): T => {
    if ('permission' in answer && typeof answer.permission === 'string') {
      lacking.add(answer.permission)
    }
    return answer
  }
  const write: Write = {
    request,
    read: async (reference) => noted(await context.cluster.read(reference, context.signal)),
    list: async (kind) => noted(await context.cluster.list(kind, context.signal)),
  }
  return { write, lacking }
}
