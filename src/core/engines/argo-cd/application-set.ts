import { controllerOf } from '../../exceptions/conditions/metadata.ts'
import { stringAt, type Json } from '../../manifest/json.ts'
import type { EngineReference } from '../../plans/plan.ts'
import { group } from './names.ts'

/** A reference that a later object of the same name does not answer to. */
export interface OwnerApplicationSet extends EngineReference {
  readonly uid: string
}

/**
 * The ApplicationSet that made an Application: it is not declared itself, and counts as long as Git
 * declares that ApplicationSet. Whether its generators come to this very spec, nobody computes here.
 */
export function ownerApplicationSet(application: Json): OwnerApplicationSet | undefined {
  const owner = controllerOf(application)
  const namespace = stringAt(application, 'metadata', 'namespace') ?? ''
  const isSet = owner?.group === group && owner.kind === 'ApplicationSet'
  if (!isSet || namespace === '') return undefined
  return { group, kind: owner.kind, namespace, name: owner.name, uid: owner.uid }
}
