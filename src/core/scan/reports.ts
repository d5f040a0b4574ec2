import type { JsonObject } from '../manifest/json.ts'
import { momentOf } from '../breakglass/moment.ts'
import { findingKinds, type Finding, type FindingKind, type ScanSummary } from './result.ts'

/** Of one namespace, or of what is in none. */
export interface Report {
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly results: readonly JsonObject[]
  /** In the words of the report formats. */
  readonly summary: Readonly<Record<'pass' | 'fail' | 'warn' | 'error' | 'skip', number>>
}

/** Takes findings in, keeps what reports show of them. */
export interface Reporting {
  add(finding: Finding): void
  /** The one of the cluster always, so that a clean scan is seen too. */
  reports(summary: ScanSummary): readonly Report[]
}

/** Results in one report: the rest is summarised in one more. */
const mostResults = 200
/** In all of them. */
const mostKept = 20_000
const longest = 1000

interface Collected {
  readonly findings: Finding[]
  readonly counts: Map<FindingKind, number>
}

export function reporting(): Reporting {
  const byNamespace = new Map<string, Collected>()
  let kept = 0
  return {
    add(finding) {
      const { namespace } = finding.object
      const found: Collected = byNamespace.get(namespace) ?? { findings: [], counts: new Map() }
      byNamespace.set(namespace, found)
      found.counts.set(finding.kind, (found.counts.get(finding.kind) ?? 0) + 1)
      if (found.findings.length >= mostResults || kept >= mostKept) return
      found.findings.push(finding)
      kept += 1
    },
    reports(summary) {
      const ofCluster = byNamespace.get('') ?? { findings: [], counts: new Map() }
      const others = [...byNamespace].filter(([namespace]) => namespace !== '')
      return [['', ofCluster] as const, ...others].map(([namespace, found]) =>
        toReport(namespace, found, summary),
      )
    },
  }
}

function toReport(namespace: string, { findings, counts }: Collected, scan: ScanSummary): Report {
  const seconds = Math.floor((momentOf(scan.endedAt) ?? 0) / 1000)
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const omitted = total - findings.length
  const results = findings.map((one) => toResult(one, seconds))
  const isWhole = namespace === ''
  return {
    namespace,
    results: omitted > 0 ? [...results, toRest(counts, omitted, seconds)] : results,
    summary: {
      pass: isWhole ? scan.asDeclared : 0,
      fail: total,
      warn: 0,
      error: isWhole ? scan.unknown : 0,
      skip: 0,
    },
  }
}

/** A result as PolicyReport (wgpolicyk8s.io/v1alpha2) and OpenReports (v1alpha1) both have it. */
function toResult(finding: Finding, seconds: number): JsonObject {
  const { kind, object, wouldDeny, who, declared } = finding
  const { group, version, namespace, name, uid } = object
  return {
    ...common(seconds),
    policy: wouldDeny.human.reason,
    rule: kind,
    severity: wouldDeny.human.reason === 'Protected' ? 'high' : 'medium',
    message: messageOf(finding).slice(0, longest),
    resources: [
      {
        apiVersion: group === '' ? version : `${group}/${version}`,
        kind: object.kind,
        name,
        ...(namespace === '' ? {} : { namespace }),
        ...(uid === '' ? {} : { uid }),
      },
    ],
    properties: {
      ...(declared && { git: `${declared.repository}:${declared.file}:${declared.line}` }),
      ...(declared && { commit: declared.commit }),
      ...(who && { managerHint: who.manager.slice(0, 128) }),
    },
  }
}

function common(seconds: number): JsonObject {
  return {
    source: 'solewriter',
    category: 'Drift from Git',
    result: 'fail',
    scored: true,
    timestamp: { seconds, nanos: 0 },
  }
}

const sentences: Readonly<Record<FindingKind, string>> = {
  undeclared: 'no head declares it',
  different: 'is not as Git declares it',
  missing: 'Git declares it, and it is not there',
  superseded: 'is as an older commit declares it',
}

function messageOf({ kind, paths, morePaths, note }: Finding): string {
  const more = morePaths > 0 ? ` and ${morePaths} more` : ''
  const fields = paths.length === 0 ? '' : `: ${paths.join(', ')}${more}`
  return `${sentences[kind]}${fields}${note === undefined ? '' : ` (${note})`}`
}

function toRest(
  counts: ReadonlyMap<FindingKind, number>,
  omitted: number,
  seconds: number,
): JsonObject {
  const parts = findingKinds.flatMap((kind) => {
    const count = counts.get(kind) ?? 0
    return count === 0 ? [] : [`${count} ${kind}`]
  })
  return {
    ...common(seconds),
    policy: 'Drift',
    rule: 'more',
    severity: 'medium',
    message: `${omitted} more findings are not listed here, of ${parts.join(', ')} in all`,
    properties: { omitted: String(omitted) },
  }
}
