import { at, type Json, type JsonObject } from '../../manifest/json.ts'
import { unknownField } from './known-fields.ts'
import { flagAt, isText, isTextMap, listAt, textAt } from './object-fields.ts'
import { known, none, refused, shown, type Outcome } from './outcome.ts'
import { parseRevision } from './revision.ts'
import type { Source } from './source.ts'
import { treePath } from './tree-path.ts'

/** Fields by which other files get in, or files that are in the commit stay out. */
const mixing: readonly (readonly [string, (spec: Json | undefined) => boolean, string])[] = [
  ['include', (spec) => listAt(spec, 'include')?.length !== 0, 'mixes in other repositories'],
  [
    'recurseSubmodules',
    (spec) => flagAt(spec, 'recurseSubmodules') !== false,
    'mixes in other repositories',
  ],
  [
    'ignore',
    (spec) => textAt(spec, 'ignore')?.split('\n').every(isNoPattern) !== true,
    'leaves out files',
  ],
]

function isNoPattern(line: string): boolean {
  return line.startsWith('#') || line.trim() === ''
}

export function readGitSource(object: JsonObject): Outcome<Source> {
  const spec = at(object, 'spec')
  const unknown = unknownField('GitRepository', spec)
  if (unknown !== undefined) return unknown
  const mixed = mixing.find(([, isMixing]) => isMixing(spec))
  if (mixed !== undefined) return refused(`spec.${mixed[0]} of its GitRepository ${mixed[2]}`)
  const url = textAt(spec, 'url') ?? ''
  if (!/^(?:https?|ssh):\/\/./.test(url)) return refused('its GitRepository has no URL')
  const folders = readFolders(spec)
  if (folders.kind !== 'known') return folders
  const target = readTarget(at(spec, 'ref'))
  if (target.kind !== 'known') return target
  const { branch, isPinned, commit } = target.value
  return known({
    url,
    branch,
    isPinned,
    ...(commit !== undefined && { commit }),
    root: '.',
    ...(folders.value.length > 0 && { folders: folders.value }),
    revision: textAt(object, 'status', 'artifact', 'revision') ?? '',
    commitOf: (revision) => commitOf(revision, target.value),
  })
}

function readFolders(spec: Json | undefined): Outcome<readonly string[]> {
  const folders: string[] = []
  const list = listAt(spec, 'sparseCheckout')
  if (list?.every(isText) !== true) return refused('spec.sparseCheckout is no list of folders')
  for (const folder of list) {
    const path = treePath(folder)
    if (path.kind !== 'known') return path
    folders.push(path.value)
  }
  return known(folders)
}

interface Target {
  readonly branch: string
  readonly isPinned: boolean
  /** What stands before the @ of a revision; undefined if that may be any tag. */
  readonly name?: string
  readonly commit?: string
}

type Reference = Readonly<Record<string, string>>

/** In the order in which source-controller looks: commit, name, tag, semver, branch. */
function readTarget(ref: Json = {}): Outcome<Target> {
  const unknown = unknownField('GitRepository ref', ref)
  if (unknown !== undefined) return unknown
  if (!isTextMap(ref)) return refused('spec.ref of its GitRepository holds what is no text')
  const { commit = '', name = '' } = ref
  if (commit !== '') return commitTarget(ref, commit)
  return name === '' ? known(plainTarget(ref)) : namedTarget(name)
}

function plainTarget({ branch = '', tag = '', semver = '' }: Reference): Target {
  if (tag !== '') return { branch: `refs/tags/${tag}`, isPinned: false, name: tag }
  if (semver !== '') return { branch: '', isPinned: true }
  const name = branch === '' ? 'master' : branch
  return { branch: name, isPinned: false, name }
}

function commitTarget({ branch = '', name = '' }: Reference, commit: string): Outcome<Target> {
  const id = commit.toLowerCase()
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) {
    return refused('spec.ref.commit of its GitRepository is no full commit id')
  }
  return known({ branch, isPinned: true, name: name === '' ? branch : name, commit: id })
}

function namedTarget(name: string): Outcome<Target> {
  const [, branch] = /^refs\/heads\/(.+)$/.exec(name) ?? []
  if (branch !== undefined) return known({ branch, isPinned: false, name })
  if (name.startsWith('refs/tags/')) return known({ branch: name, isPinned: false, name })
  return refused(`${shown(name)} is neither a branch nor a tag`)
}

/** The source may have changed since: then its new revision is still to come. */
function commitOf(revision: string, { name, commit }: Target): Outcome<string> {
  const parsed = parseRevision(revision)
  if (parsed.kind !== 'known') return parsed
  const isNamed = name === undefined ? parsed.value.name !== '' : parsed.value.name === name
  if (!isNamed || (commit ?? parsed.value.commit) !== parsed.value.commit) {
    return none(`${shown(revision)} is not what its GitRepository names now`)
  }
  return known(parsed.value.commit)
}
