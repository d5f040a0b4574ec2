import { builtInKind } from '../content/catalogue.ts'
import { at, type Json } from '../manifest/json.ts'
import type { DeclaredObject } from './declarations.ts'
import type { Looking } from './ownership.ts'
import { refuted, type Refutation } from './proof.ts'

/** A write of `scale` is a write of the parent's replicas, and of nothing else. */
export function replicasRefuted(
  declared: DeclaredObject,
  { subject }: Looking,
): Refutation | undefined {
  const written = at(subject.request.object ?? undefined, 'spec', 'replicas') ?? 0
  const wanted = at(declared.object, 'spec', 'replicas') ?? defaultReplicas(declared)
  if (written === wanted) return undefined
  const where = `${declared.repository}@${declared.commit.slice(0, 12)}`
  const why = `spec.replicas is ${JSON.stringify(written)}, ${where} declares ${JSON.stringify(wanted ?? null)}`
  return { ...refuted('ContentMismatch', why), paths: ['spec.replicas'] }
}

function defaultReplicas({ apiVersion, id }: DeclaredObject): Json | undefined {
  const version = apiVersion.split('/').at(-1) ?? ''
  const spec = builtInKind({ ...id, version })?.field('spec')
  return spec?.position.field('replicas')?.default
}
