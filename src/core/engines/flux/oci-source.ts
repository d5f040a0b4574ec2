import { at, type Json, type JsonObject } from '../../manifest/json.ts'
import { repositoryAnnotation } from '../../manifest/own-annotations.ts'
import { unknownField } from './known-fields.ts'
import { isTextMap, textAt } from './object-fields.ts'
import { known, none, refused, type Outcome } from './outcome.ts'
import { parseRevision } from './revision.ts'
import type { Source } from './source.ts'
import { treePath } from './tree-path.ts'

/** On an OCIRepository: the folder of the repository that its artifacts are made of. */
const pathAnnotation = 'solewriter.dev/path'
/** On an OCIRepository: the branch that its artifacts are made of. */
const branchAnnotation = 'solewriter.dev/branch'

/**
 * An artifact says itself what it was made of, so that it is a claim: whoever can push to the registry
 * can write it. Where it belongs in Git is said by annotations of the OCIRepository, which Git declares.
 */
export function readOciSource(object: JsonObject): Outcome<Source> {
  const spec = at(object, 'spec')
  const isPinned = readPinned(spec)
  if (isPinned.kind !== 'known') return isPinned
  const revision = textAt(object, 'status', 'artifact', 'revision') ?? ''
  if (revision === '') return none('its OCIRepository has fetched nothing yet')
  const commit = readCommit(object)
  if (commit.kind !== 'known') return commit
  const place = readPlace(object)
  if (place.kind !== 'known') return place
  return known({
    ...place.value,
    isPinned: isPinned.value,
    revision,
    commitOf: (asked) => (asked === revision ? commit : none(otherArtifact)),
  })
}

/** By a digest; whoever can push can move a tag. */
function readPinned(spec: Json | undefined): Outcome<boolean> {
  const ref = at(spec, 'ref') ?? {}
  const unknown = unknownField('OCIRepository', spec) ?? unknownField('OCIRepository ref', ref)
  if (unknown !== undefined) return unknown
  if (!isTextMap(ref)) return refused('spec.ref of its OCIRepository holds what is no text')
  return textAt(spec, 'ignore')?.trim() === ''
    ? known((ref['digest'] ?? '') !== '')
    : refused('spec.ignore of its OCIRepository leaves out files')
}

const otherArtifact = 'its OCIRepository holds another artifact by now'

/** As `flux push artifact --revision` writes it, or a plain commit id as container builds do. */
function readCommit(object: JsonObject): Outcome<string> {
  const text = metadata(object, 'org.opencontainers.image.revision')
  if (text === '') return refused('its artifact does not say which commit it was made of')
  const parsed = parseRevision(/^[0-9a-f]{40}$/.test(text) ? `sha1:${text}` : text)
  return parsed.kind === 'known' ? known(parsed.value.commit) : parsed
}

function metadata(object: JsonObject, key: string): string {
  return textAt(object, 'status', 'artifact', 'metadata', key) ?? ''
}

function readPlace(object: JsonObject): Outcome<Pick<Source, 'url' | 'branch' | 'root'>> {
  const annotations = at(object, 'metadata', 'annotations')
  const source = metadata(object, 'org.opencontainers.image.source')
  const url = annotation(annotations, repositoryAnnotation) || source
  if (url === '') return refused('its artifact does not say which repository it was made of')
  const root = treePath(annotation(annotations, pathAnnotation))
  if (root.kind !== 'known') return root
  return known({ url, branch: annotation(annotations, branchAnnotation), root: root.value })
}

function annotation(annotations: Json | undefined, key: string): string {
  return textAt(annotations, key) ?? ''
}
