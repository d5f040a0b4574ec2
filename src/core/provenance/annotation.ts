import type { AdmissionRequest } from '../admission/request.ts'
import { at, type Json } from '../manifest/json.ts'
import { commitAnnotation, repositoryAnnotation } from '../manifest/own-annotations.ts'
import type { Writer } from '../policy/schema.ts'
import type { Evidence } from './claim.ts'

/** What the two annotations of an object say, as they stand. */
export interface Annotated {
  readonly repository: Json | undefined
  readonly commit: Json | undefined
}

export function readAnnotations(object: Json | undefined): Annotated {
  const annotations = at(object, 'metadata', 'annotations')
  return {
    repository: at(annotations, repositoryAnnotation),
    commit: at(annotations, commitAnnotation),
  }
}

/**
 * The annotations of the new object, on main resources only: the body of a subresource is whatever
 * the client likes. As good as the identity that sent them. At level `commit`, where nothing else
 * ties them to the object, they must be new or changed: a patch carries the stored ones along.
 */
export function annotationEvidence(request: AdmissionRequest, writer: Writer): Evidence {
  if (request.subresource !== '') return none('annotations are read on main resources only')
  const { repository, commit } = readAnnotations(request.object ?? undefined)
  if (repository === undefined || commit === undefined) return none(missing(repository, commit))
  if (typeof repository !== 'string' || typeof commit !== 'string') {
    return { kind: 'refused', reason: 'CommitMalformed', why: 'an annotation must be a text' }
  }
  if (writer.verify === 'commit' && !areAnnotationsChanged(request)) {
    return none('its annotations were there before this request, so they say nothing about it')
  }
  return { kind: 'claims', claims: [{ provider: 'annotation', repository, commit }] }
}

export function areAnnotationsChanged(request: AdmissionRequest): boolean {
  const old = readAnnotations(request.oldObject ?? undefined)
  const next = readAnnotations(request.object ?? undefined)
  return old.repository !== next.repository || old.commit !== next.commit
}

function missing(repository: Json | undefined, commit: Json | undefined): string {
  const absent = [
    ...(repository === undefined ? [repositoryAnnotation] : []),
    ...(commit === undefined ? [commitAnnotation] : []),
  ]
  return `it lacks the annotation${absent.length > 1 ? 's' : ''} ${absent.join(' and ')}`
}

function none(why: string): Evidence {
  return { kind: 'none', why }
}
