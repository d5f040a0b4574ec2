import type { JsonObject } from '../../core/manifest/json.ts'
import { secretLooking } from '../../core/promote/differences.ts'
import { withDocument } from '../../core/promote/manifest-file.ts'
import { newFileFor } from '../../core/promote/new-file.ts'
import { manifestText } from '../../core/promote/written-values.ts'
import type { Plan } from '../../core/plans/plan.ts'
import {
  blocked,
  draftOf,
  readDraft,
  secretText,
  type FilePlace,
  type Outcome,
  type Writing,
} from './drafts.ts'
import type { Wanted } from './wanted.ts'

/** What becomes of a wish about an object that Git does not declare. */
export async function draftUndeclared(wanted: Wanted, writing: Writing): Promise<Outcome> {
  const { change } = wanted
  if (change.kind === 'remove') return { wanted, kind: 'same' }
  if (change.kind === 'add') {
    const manifest = change.next()
    if (typeof manifest === 'string') return blocked(wanted, manifest)
    return draftNew(wanted, { manifest, text: change.text ?? manifestText(manifest) }, writing)
  }
  const why =
    'Git does not declare it, so there is nothing to change there: put it back in the cluster'
  return { wanted, kind: 'skipped', why }
}

interface Document {
  readonly manifest: JsonObject
  readonly text: string
}

async function draftNew(
  wanted: Wanted,
  { manifest, text }: Document,
  writing: Writing,
): Promise<Outcome> {
  const isOpen = writing.confidential === true
  const obstacle = isOpen ? undefined : secretText(secretLooking({}, manifest, wanted.id))
  if (obstacle !== undefined) return blocked(wanted, obstacle)
  const place = await newPlace(wanted, writing)
  if (place === undefined) {
    return blocked(wanted, 'no folder of the policy takes manifests as they are: --file PATH')
  }
  const file = await readDraft(place, writing)
  if (file !== undefined && writing.file === undefined) {
    return blocked(wanted, `${place.file} is there already, and does not declare it: --file PATH`)
  }
  const written = withDocument(file ?? '', text)
  if (written.kind !== 'text') {
    return blocked(wanted, `${place.file}: ${written.kind === 'refused' ? written.why : 'nothing'}`)
  }
  draftOf(place, writing).files.set(place.file, written.text)
  return { wanted, kind: 'written', place }
}

/** In the first repository that has a folder for it. */
async function newPlace({ id }: Wanted, writing: Writing): Promise<FilePlace | undefined> {
  for (const repository of writing.repositories) {
    const [branch] = repository.branches
    if (branch === undefined) continue
    if (writing.file !== undefined) return { repository, branch, file: writing.file }
    const listing = await writing.view.listing(repository, branch)
    const known = listing.flatMap(({ entries }) =>
      entries.map((entry) => ({ namespace: entry.id.namespace, file: entry.file })),
    )
    const folders = listing.flatMap(({ source }) => (takesFiles(source) ? [source.path] : []))
    const file = newFileFor(id, { folders, known })
    if (file !== undefined) return { repository, branch, file }
  }
  return undefined
}

/** What it makes of a new file is looked at afterwards. */
function takesFiles({ renderer, engine }: Plan): boolean {
  return renderer === 'plain' || (engine !== undefined && renderer !== 'helm')
}
