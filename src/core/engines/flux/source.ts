import type { Json } from '../../manifest/json.ts'
import { referenceKey, type Found, type Need } from '../engine.ts'
import { readGitSource } from './git-source.ts'
import { sourceGroup } from './kinds.ts'
import { isObjectName, textAt } from './object-fields.ts'
import { readOciSource } from './oci-source.ts'
import { known, none, refused, shown, type Outcome } from './outcome.ts'

/** Where manifests come from, as the object that fetches them says. */
export interface Source {
  readonly url: string
  /** Or a tag in full, `refs/tags/v1`; '' if it names none. */
  readonly branch: string
  /** It names one commit, or a range of versions; no branch moves it on. */
  readonly isPinned: boolean
  /** The commit that it names by itself. */
  readonly commit?: string
  /** The folder of the repository that is the root of what it fetches. */
  readonly root: string
  /** Only these folders are there, if it is not all of them. */
  readonly folders?: readonly string[]
  /** The revision that it fetched last; '' for none. */
  readonly revision: string
  /** The commit that a revision of this source stands for. */
  readonly commitOf: (revision: string) => Outcome<string>
}

export interface SourceReference {
  readonly kind: 'GitRepository' | 'OCIRepository'
  readonly namespace: string
  readonly name: string
}

const unchecked: Readonly<Record<string, string>> = {
  Bucket: 'a Bucket is not from Git',
  ExternalArtifact: 'an ExternalArtifact may hold anything: name a GitRepository instead',
  HelmRepository: 'a chart of a HelmRepository is not in Git: keep the chart in a repository',
}

/** `sourceRef`; without a namespace it is in that of the object that refers to it. */
export function readSourceReference(
  reference: Json | undefined,
  namespace: string,
): Outcome<SourceReference> {
  const kind = textAt(reference, 'kind') ?? ''
  if (Object.hasOwn(unchecked, kind)) return refused(unchecked[kind] ?? '')
  if (kind !== 'GitRepository' && kind !== 'OCIRepository') {
    return refused(`a source of the unknown kind ${shown(kind)}`)
  }
  const name = textAt(reference, 'name')
  const own = textAt(reference, 'namespace')
  const place = own === '' ? namespace : own
  if (!isObjectName(name) || !isObjectName(place)) return refused('sourceRef has no valid name')
  return known({ kind, namespace: place, name })
}

export function sourceNeed({ kind, namespace, name }: SourceReference): Need {
  return { group: sourceGroup, kind, namespace, name, isGoverned: true, isOptional: false }
}

export function readSource(reference: SourceReference, found: Found): Outcome<Source> {
  const { kind, namespace, name } = reference
  const object = found.get(referenceKey({ group: sourceGroup, ...reference }))
  if (object === undefined) return none(`${kind} ${namespace}/${name} does not exist`)
  return kind === 'GitRepository' ? readGitSource(object) : readOciSource(object)
}
