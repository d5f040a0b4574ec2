import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import type { KustomizeOptions, Plan } from '../../plans/plan.ts'
import type { Found } from '../engine.ts'
import { kustomizeGroup } from './kinds.ts'
import { unknownField } from './known-fields.ts'
import { readEdits } from './kustomize-edits.ts'
import { identityOf, isSet, textAt, type Identity } from './object-fields.ts'
import { known, none, refused, type Obstacle, type Outcome } from './outcome.ts'
import type { Draft } from './pinned.ts'
import { readSource, readSourceReference, type Source } from './source.ts'
import { readSubstitutions } from './substitutions.ts'
import { isWithin, joinPaths, treePath } from './tree-path.ts'

/** What a Kustomization applies, whether it is suspended or being deleted. */
export function draftKustomization(object: JsonObject, found: Found): Outcome<Draft> {
  const identity = identityOf(object)
  if (identity.kind !== 'known') return identity
  const spec = at(object, 'spec')
  const obstacle = whyNone(spec)
  if (obstacle !== undefined) return obstacle
  const reference = readSourceReference(at(spec, 'sourceRef'), identity.value.namespace)
  if (reference.kind !== 'known') return reference
  const source = readSource(reference.value, found)
  if (source.kind !== 'known') return source
  const path = readPath(spec, source.value)
  if (path.kind !== 'known') return path
  const kustomize = readOptions(object, found)
  if (kustomize.kind !== 'known') return kustomize
  const place = { path: path.value, branch: source.value.branch }
  const plan = toPlan(identity.value, place, kustomize.value)
  return known({ source: source.value, plan })
}

function whyNone(spec: Json | undefined): Obstacle | undefined {
  if (!isJsonObject(spec)) return refused('it has no spec')
  const unknown = unknownField('Kustomization', spec)
  if (unknown !== undefined) return unknown
  return isSet(spec['kubeConfig']) ? none('spec.kubeConfig: it is for another cluster') : undefined
}

function readPath(spec: Json | undefined, { root, folders }: Source): Outcome<string> {
  const text = textAt(spec, 'path')
  if (text === undefined) return refused('spec.path is no text')
  const path = treePath(text)
  if (path.kind !== 'known') return path
  const isThere = folders?.some((folder) => isWithin(path.value, folder)) ?? true
  if (!isThere) return refused('spec.sparseCheckout of its GitRepository leaves out files')
  if (folders !== undefined && at(spec, 'ignoreMissingComponents') === true) {
    return refused(
      'spec.ignoreMissingComponents depends on spec.sparseCheckout of its GitRepository',
    )
  }
  return known(joinPaths(root, path.value))
}

function readOptions(object: JsonObject, found: Found): Outcome<KustomizeOptions> {
  const spec = at(object, 'spec')
  const edits = readEdits(spec)
  if (edits.kind !== 'known') return edits
  const substitutions = readSubstitutions(object, found)
  if (substitutions.kind !== 'known') return substitutions
  const decryption = readDecryption(at(spec, 'decryption') ?? undefined)
  if (decryption.kind !== 'known') return decryption
  return known({
    engine: 'flux',
    edits: edits.value,
    ...(substitutions.value !== undefined && { substitutions: substitutions.value }),
    ...(decryption.value !== undefined && { encryptedFiles: decryption.value }),
  })
}

function readDecryption(decryption: Json | undefined): Outcome<'sops' | undefined> {
  if (decryption === undefined) return known(undefined)
  const unknown = unknownField('decryption', decryption)
  if (unknown !== undefined) return unknown
  return textAt(decryption, 'provider') === 'sops'
    ? known('sops')
    : refused('spec.decryption names a provider that Flux 2.9 does not have')
}

/** Flux fails on a namespaced object that names no namespace, unless targetNamespace sets it. */
function toPlan(
  identity: Identity,
  place: Pick<Plan, 'path' | 'branch'>,
  kustomize: KustomizeOptions,
): Plan {
  const engine = { group: kustomizeGroup, kind: 'Kustomization', ...identity }
  return { ...place, renderer: 'kustomize', namespace: '', kustomize, engine }
}
