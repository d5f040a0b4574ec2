import type { ClusterVersions, ReadClusterVersions } from '../core/plans/cluster-versions.ts'
import type { HelmOptions } from '../core/plans/plan.ts'
import type { Search } from './helm-files.ts'
import type { Ask } from './input-reading.ts'

/** An ask, and the file that it stands in. */
export interface FoundAsk extends Ask {
  readonly file: string
}

export interface Answering {
  readonly versions: ReadClusterVersions
  readonly now: () => number
}

/** What the cluster serves may be something else by then. */
const lookAgainMs = 60_000

/**
 * Answers what the templates of a chart ask for, as its engine does: with options of helm, or with a
 * problem where nobody can say.
 */
export async function answerAsks(
  { at, found }: Search,
  asks: readonly FoundAsk[],
  { versions, now }: Answering,
): Promise<void> {
  const { helm } = at.source
  if (helm === undefined) return
  const ofCluster = asks.filter((ask) => isOfCluster(ask, helm))
  const known = helm.usesClusterVersions === true ? await versions() : undefined
  if (ofCluster.length > 0) found.expireBy(now() + lookAgainMs)
  const options = known === undefined ? [] : optionsFor(ofCluster, helm, known)
  for (const option of options) found.addOption(option)
  for (const ask of asks) {
    const isOpen = ask.of === 'release' || ofCluster.includes(ask)
    const why = isOpen ? whyNotAnswered(ask, helm, known) : undefined
    if (why !== undefined) found.report(ask, `the chart asks for ${ask.what}, ${why}`)
  }
}

/** The engine object may say itself what it is for. */
function isOfCluster(
  { of }: Ask,
  { kubeVersion, apiVersions, usesClusterVersions }: HelmOptions,
): boolean {
  if (usesClusterVersions !== true) return false
  if (of === 'version') return kubeVersion === undefined
  if (of === 'api') return apiVersions.length === 0
  return of === 'cluster' && (kubeVersion === undefined || apiVersions.length === 0)
}

/** Few of what is served, so that what else comes and goes there changes nothing. */
function optionsFor(
  asks: readonly Ask[],
  { kubeVersion, apiVersions, engine }: HelmOptions,
  known: ClusterVersions,
): readonly string[] {
  const asksForAll = engine === undefined && asks.some(({ of }) => of === 'cluster')
  const wanted = asksForAll
    ? [...known.apiVersions]
    : asks.flatMap(({ of, what }) => (of === 'api' && known.apiVersions.has(what) ? [what] : []))
  const names = apiVersions.length > 0 ? [] : [...new Set(wanted)].toSorted()
  // Argo CD passes on no more than the three numbers.
  const [plain = ''] = /^v\d+(?:\.\d+)*/.exec(known.kubeVersion) ?? []
  const version = engine === undefined ? plain : known.kubeVersion
  return [
    ...(kubeVersion === undefined ? [`--kube-version=${version}`] : []),
    ...names.map((name) => `--api-versions=${name}`),
  ]
}

/** `helm template` itself adds what Kubernetes has ever served; Argo CD goes by that too. */
function whyNotAnswered(
  { of, what }: Ask,
  { engine }: HelmOptions,
  known: ClusterVersions | undefined,
): string | undefined {
  if (of === 'release') return engine && 'which differs from one installation to the next'
  if (known === undefined) return 'which only the cluster can tell'
  if (engine === undefined || of === 'version') return undefined
  if (of === 'cluster') return 'of which only .KubeVersion and .APIVersions.Has "..." are followed'
  const isAssumed = /^(?:[a-z]+\/|[\w.-]+\.k8s\.io\/)?v\d\w*$/.test(what)
  return isAssumed && !known.apiVersions.has(what)
    ? 'which this cluster does not serve: ask for the kind, as group/version/Kind'
    : undefined
}
