import { shown } from './names.ts'

/** What a source follows: one commit, or a branch or tag by name; '' for the default branch. */
export type Target =
  | { readonly kind: 'commit'; readonly id: string }
  | { readonly kind: 'name'; readonly name: string }

const version = /^v?\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/
/** As Argo CD's library for versions reads the beginning of a range. */
const range = /^\s*(?:[=!<>~^]|v?[\d|xX*]+(?:\.[\d|xX*]+){0,2}(?:[-+\s,|]|$))/
/** No ref can be called so. */
const noName = /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|^[-/]|\/$/

export function isCommitId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text)
}

/**
 * What `targetRevision` names, or why it is refused. A range of versions takes whatever tag comes next,
 * and a branch may be called as a range is written.
 */
export function readTarget(revision: string, tagPrefix = ''): Target | string {
  if (isCommitId(revision)) return { kind: 'commit', id: revision.toLowerCase() }
  if (revision === '' || revision === 'HEAD') return { kind: 'name', name: '' }
  if (tagPrefix !== '') return readPrefixed(revision, tagPrefix)
  if (range.test(revision) && !version.test(revision)) {
    return `targetRevision ${shown(revision)} reads as a range of versions: name a branch (refs/heads/NAME), a tag or a commit`
  }
  return readName(revision)
}

function readPrefixed(revision: string, tagPrefix: string): Target | string {
  if (version.test(revision)) return readName(`${tagPrefix}${revision}`)
  return `targetRevision ${shown(revision)} with a tagPrefix is no single version: name a tag`
}

function readName(revision: string): Target | string {
  const name = revision.replace(/^refs\/heads\//, '')
  const isOther = name.startsWith('refs/') && !name.startsWith('refs/tags/')
  if (!isOther && !noName.test(name)) return { kind: 'name', name }
  return `targetRevision ${shown(revision)} names no branch, tag or commit`
}

export function isSameTarget(one: Target, other: Target): boolean {
  if (one.kind === 'commit') return other.kind === 'commit' && one.id === other.id
  return other.kind === 'name' && one.name === other.name
}
