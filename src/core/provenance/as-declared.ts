import type { AdmissionRequest } from '../admission/request.ts'
import { checkContent } from '../content/check.ts'
import { meaningOfObject } from '../engines/argo-cd/meaning.ts'
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

/** Digests of declarations that say the same, under one policy. */
type Same = WeakMap<Policy, Set<string>>

/**
 * Live objects are the same until they change: once they are as declared, they stay so. One that is not
 * may only seem so, while the definition of its kind cannot be read.
 */
const compared = new WeakMap<JsonObject, Same>()

/**
 * The fields in which a live object differs from its declaration, metadata, status and pauses apart;
 * none if all that it says is what Git declares, or follows from it.
 */
export async function differencesOf(
  live: JsonObject,
  declared: DeclaredObject,
  ground: Pick<Ground, 'cluster' | 'policy' | 'signal'>,
): Promise<readonly string[]> {
  const same = sameTo(live, ground.policy)
  if (same.has(declared.digest)) return []
  const paths = await compare(live, declared, ground)
  if (paths.length === 0) same.add(declared.digest)
  return paths
}

function sameTo(live: JsonObject, policy: Policy): Set<string> {
  const byPolicy: Same = compared.get(live) ?? new WeakMap<Policy, Set<string>>()
  compared.set(live, byPolicy)
  const same = byPolicy.get(policy) ?? new Set<string>()
  byPolicy.set(policy, same)
  return same
}

async function compare(
  live: JsonObject,
  declared: DeclaredObject,
  { policy, cluster, signal }: Pick<Ground, 'cluster' | 'policy' | 'signal'>,
): Promise<readonly string[]> {
  const request = asCreation(live, declared)
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
