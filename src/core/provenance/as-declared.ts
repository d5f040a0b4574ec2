import type { AdmissionRequest } from '../admission/request.ts'
import { checkContent } from '../content/check.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { engineKindOf } from '../policy/engine-kinds.ts'
import { formatFieldPath } from '../manifest/field-path.ts'
import type { DeclaredObject } from './declarations.ts'
import { schemaOf } from './kind-schemas.ts'
import type { Ground } from './proof.ts'

/**
 * Members of a spec by which people pause an engine: whether it applies, never what. The controllers
 * of some write them, too.
 */
const pauses: Readonly<Record<string, string>> = {
  'kustomize.toolkit.fluxcd.io': 'suspend',
  'helm.toolkit.fluxcd.io': 'suspend',
  'source.toolkit.fluxcd.io': 'suspend',
  'argoproj.io': 'syncPolicy',
}

type Known = Map<string, readonly string[]>

/** Live objects are the same until they change; each is compared once with each declaration. */
const compared = new WeakMap<JsonObject, Known>()

/**
 * The fields in which a live object differs from its declaration, metadata, status and pauses apart;
 * none if all that it says is what Git declares, or follows from it.
 */
export async function differencesOf(
  live: JsonObject,
  declared: DeclaredObject,
  ground: Pick<Ground, 'cluster' | 'policy' | 'signal'>,
): Promise<readonly string[]> {
  const known: Known = compared.get(live) ?? new Map<string, readonly string[]>()
  compared.set(live, known)
  const before = known.get(declared.digest)
  if (before !== undefined) return before
  const { policy, cluster, signal } = ground
  const request = asCreation(live, declared)
  const schema = await schemaOf(request, cluster, signal)
  const said = isJsonObject(declared.object) ? bare(declared.object, declared) : {}
  const paths = [
    ...checkContent({ request, declared: said, schema, policy }).map(({ path }) =>
      formatFieldPath(path),
    ),
    ...differentNotes(live, declared.object),
  ]
  known.set(declared.digest, paths)
  return paths
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
  const { metadata: _1, status: _2, apiVersion: _3, ...rest } = object
  const metadata = { name: id.name, ...(id.namespace === '' ? {} : { namespace: id.namespace }) }
  const pause = pauses[id.group]
  const spec = at(object, 'spec')
  if (pause === undefined || !isJsonObject(spec)) return { ...rest, metadata }
  const { [pause]: _paused, ...kept } = spec
  return { ...rest, metadata, spec: kept }
}
