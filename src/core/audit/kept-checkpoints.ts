import { canonicalJson } from '../manifest/canonical.ts'
import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { anchorKind, anchorName, readAnchors } from './anchors.ts'
import { readCheckpoint, type Checkpoint } from './checkpoint.ts'

/** Where the newest checkpoint of each chain is kept in a repository: one file for each. */
export const checkpointFolder = 'checkpoints'

export interface CheckpointUpdate {
  /** By path: those of which something has changed. */
  readonly files: ReadonlyMap<string, string>
  /** What the cluster says that the repository knows better, as sentences. */
  readonly doubts: readonly string[]
}

/**
 * What is to be written, given the objects of the cluster and the files that are there. A chain in the
 * repository never gets shorter, and no record of it another one: whoever can write in the cluster
 * cannot make it forget.
 */
export function checkpointUpdate(
  objects: readonly Json[],
  there: ReadonlyMap<string, string>,
): CheckpointUpdate {
  const files = new Map<string, string>()
  const doubts: string[] = []
  for (const object of objects) {
    const checkpoint = readCheckpoint(at(object, 'spec'))
    const name = stringAt(object, 'metadata', 'name') ?? ''
    if (checkpoint === undefined || anchorName(checkpoint.writer) !== name || !isName.test(name)) {
      doubts.push(`${printableName(name)} is no checkpoint of a chain`)
      continue
    }
    const path = `${checkpointFolder}/${name}.json`
    const doubt = whyNotNewer(checkpoint, there.get(path))
    if (doubt === undefined) files.set(path, fileText(name, checkpoint))
    else if (doubt !== '') doubts.push(`${name} ${doubt}`)
  }
  return { files, doubts }
}

const isName = /^chain-[0-9a-z]{26}$/

function printableName(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '?').slice(0, 80)
}

/** Empty where there is nothing to do. */
function whyNotNewer(checkpoint: Checkpoint, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const anchors = readAnchors(text, '')
  // What nobody can read any more is of no use.
  const known = typeof anchors === 'string' ? undefined : anchors[0]?.checkpoint
  if (known === undefined) return undefined
  if (known.seq > checkpoint.seq) {
    return `is at record ${checkpoint.seq}, and was at ${known.seq} before`
  }
  if (known.seq === checkpoint.seq && known.head !== checkpoint.head) {
    return `has another record ${checkpoint.seq} than before`
  }
  return canonicalJson(known) === canonicalJson(checkpoint) ? '' : undefined
}

/** As `kubectl get -o json` prints it, without what the API server adds. */
function fileText(name: string, checkpoint: Checkpoint): string {
  const { group, version, kind } = anchorKind
  const spec = Object.fromEntries(
    Object.entries(checkpoint).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ) as JsonObject
  const object = { apiVersion: `${group}/${version}`, kind, metadata: { name }, spec }
  return `${JSON.stringify(object, null, 2)}\n`
}
