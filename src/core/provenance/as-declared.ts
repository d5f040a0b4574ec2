import type { AdmissionRequest } from '../admission/request.ts'
import { checkContent } from '../content/check.ts'
import { meaningOfObject } from '../engines/argo-cd/meaning.ts'
import { digest } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { engineKindOf } from '../policy/engine-kinds.ts'
import { formatFieldPath } from '../manifest/field-path.ts'
import type { Policy } from '../policy/schema.ts'
import type { DeclaredObject } from './declarations.ts'
import { schemaOf } from './kind-schemas.ts'
import type { Ground } from './proof.ts'

/**
 * Members of a spec by which people pause an engine: whether and how often it applies, never what. The
 * controllers of some write them, too.
 */
const pauses: ReadonlyMap<string, string> = new Map([
  ['kustomize.toolkit.fluxcd.io', 'suspend'],
  ['helm.toolkit.fluxcd.io', 'suspend'],
  ['source.toolkit.fluxcd.io', 'suspend'],
])

/** The same in the `syncPolicy` of an Application; the rest of that says what is applied. */
const syncPauses: readonly string[] = ['automated', 'retry']

/**
 * When, in epoch ms, something was found to be as declared, by all that is compared. For a minute only:
 * the definition of its kind has a say too, and may have been another one for a moment. What differs may
 * only seem to, while that definition cannot be read.
 */
const same = new WeakMap<Policy, Map<string, number>>()
const mostRemembered = 5000
const aMinute = 60_000

/**
 * The fields in which a live object differs from its declaration, metadata, status and pauses apart;
 * none if all that it says is what Git declares, or follows from it.
 */
export async function differencesOf(
  live: JsonObject,
  declared: DeclaredObject,
  ground: Pick<Ground, 'cluster' | 'policy' | 'signal' | 'now'>,
): Promise<readonly string[]> {
  const request = asCreation(live, declared)
  const known = sameUnder(ground.policy)
  const key = keyOf(request, live, declared)
  const at = ground.now()
  if (Math.abs(at - (known.get(key) ?? -Infinity)) < aMinute) return []
  const paths = await compare({ request, live, declared }, ground)
  if (paths.length === 0) known.set(key, at)
  return paths
}

function sameUnder(policy: Policy): Map<string, number> {
  const known = same.get(policy)
  if (known !== undefined && known.size < mostRemembered) return known
  const fresh = new Map<string, number>()
  same.set(policy, fresh)
  return fresh
}

/** Objects that a watch keeps are asked about by many reviews. */
const said = new WeakMap<JsonObject, string>()

/** Engines write their status all the time: the object that comes with it says what it said before. */
function keyOf({ kind, object }: AdmissionRequest, live: JsonObject, declared: DeclaredObject) {
  const known = said.get(live)
  const own =
    known ??
    digest({ kind: { ...kind }, object, notes: notes.map((key) => noteOf(live, key) ?? null) })
  if (known === undefined) said.set(live, own)
  return `${own} ${declared.digest}`
}

interface Comparison {
  readonly request: AdmissionRequest
  readonly live: JsonObject
  readonly declared: DeclaredObject
}

async function compare(
  { request, live, declared }: Comparison,
  { policy, cluster, signal }: Pick<Ground, 'cluster' | 'policy' | 'signal'>,
): Promise<readonly string[]> {
  const schema = await schemaOf(request, cluster, signal)
  const said = isJsonObject(declared.object) ? bare(declared.object, declared) : {}
  return [
    ...checkContent({ request, declared: said, schema, policy }).map(({ path }) =>
      formatFieldPath(path),
    ),
    ...differentNotes(live, declared.object),
  ]
}

/** Annotations by which a source says where in a repository its artifact is from. */
const notes = ['path', 'branch', 'repo'].map((key) => `solewriter.dev/${key}`)

function differentNotes(live: JsonObject, declared: Json): readonly string[] {
  if (stringAt(live, 'kind') !== 'OCIRepository') return []
  return notes
    .filter((key) => noteOf(live, key) !== noteOf(declared, key))
    .map((key) => `metadata.annotations[${JSON.stringify(key)}]`)
}

function noteOf(object: Json, key: string): Json | undefined {
  return at(object, 'metadata', 'annotations', key)
}

const nobody = { username: '', uid: '', groups: [], extra: new Map<string, readonly string[]>() }

/** As if somebody created it now: then each of its fields needs an explanation. */
function asCreation(live: JsonObject, { id }: DeclaredObject): AdmissionRequest {
  const { group, kind, namespace, name } = id
  const version = (stringAt(live, 'apiVersion') ?? '').split('/').at(-1) ?? ''
  const resource = engineKindOf(group, kind)?.resource.split('.')[0] ?? `${kind.toLowerCase()}s`
  return {
    uid: '',
    kind: { group, version, kind },
    resource: { group, version, resource },
    subresource: '',
    name,
    namespace,
    operation: 'CREATE',
    user: nobody,
    object: bare(live, { id }),
    oldObject: null,
    options: null,
    dryRun: false,
  }
}

function bare(object: JsonObject, { id }: Pick<DeclaredObject, 'id'>): JsonObject {
  const { metadata: _1, status: _2, apiVersion: _3, ...said } = object
  const rest = id.group === 'argoproj.io' ? withoutOperation(said) : said
  const metadata = { name: id.name, ...(id.namespace === '' ? {} : { namespace: id.namespace }) }
  const spec = at(object, 'spec')
  return isJsonObject(spec)
    ? { ...rest, metadata, spec: withoutPauses(spec, id) }
    : { ...rest, metadata }
}

/** What runs now: nothing that the object wants, and held against its spec by itself. */
function withoutOperation({ operation: _running, ...rest }: JsonObject): JsonObject {
  return rest
}

function withoutPauses(spec: JsonObject, { group, kind }: DeclaredObject['id']): JsonObject {
  if (group === 'argoproj.io') return inItsWords(spec, kind)
  const pause = pauses.get(group)
  if (pause === undefined) return spec
  const { [pause]: _paused, ...kept } = spec
  return kept
}

/** In the words of Argo CD, which writes specs back with or without what is empty. */
function inItsWords(spec: JsonObject, kind: string): JsonObject {
  if (kind === 'Application') return applied(spec)
  return kind === 'ApplicationSet' ? meaningOfObject(spec) : spec
}

/** It also writes the default project. */
function applied({ syncPolicy = null, project = '', ...rest }: JsonObject): JsonObject {
  const options = isJsonObject(syncPolicy)
    ? Object.fromEntries(Object.entries(syncPolicy).filter(([key]) => !syncPauses.includes(key)))
    : syncPolicy
  const named = project === '' ? 'default' : project
  return meaningOfObject({ ...rest, project: named, syncPolicy: options })
}
