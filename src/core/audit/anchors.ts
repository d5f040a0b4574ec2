import { at, stringAt, type Json } from '../manifest/json.ts'
import { readCheckpoint, type Checkpoint } from './checkpoint.ts'

/** A checkpoint that was kept in another place than its chain. */
export interface Anchor {
  readonly file: string
  /** From 1. */
  readonly item: number
  readonly checkpoint: Checkpoint
}

export const anchorKind = {
  group: 'solewriter.dev',
  version: 'v1alpha1',
  kind: 'AuditCheckpoint',
  plural: 'auditcheckpoints',
} as const

/** Reads what `kubectl get auditcheckpoints -o json` prints. Answers why it is something else. */
export function readAnchors(text: string, file: string): readonly Anchor[] | string {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    return 'is not JSON'
  }
  const items = at(value, 'items')
  const anchors: Anchor[] = []
  for (const [i, item] of (Array.isArray(items) ? (items as readonly Json[]) : [value]).entries()) {
    const checkpoint = readCheckpoint(at(item, 'spec'))
    if (stringAt(item, 'kind') !== anchorKind.kind || checkpoint === undefined) {
      return `holds something that is no ${anchorKind.kind}: item ${i + 1}`
    }
    anchors.push({ file, item: i + 1, checkpoint })
  }
  return anchors
}

/** One object for each chain: the run of a process is its own name in lower case. */
export function anchorName(writer: string): string {
  return `chain-${writer.slice(writer.lastIndexOf('/') + 1).toLowerCase()}`
}
