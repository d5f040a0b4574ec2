import { objectMeta } from './catalogue.ts'
import { exactField, exactPosition } from './exact.ts'
import type { Position } from './position.ts'

/** An object of a kind that nobody describes: its metadata is that of all objects. */
export const unknownKind: Position = {
  ...exactPosition,
  field: (key) => {
    return key === 'metadata' ? { ...exactField, position: objectMeta() } : exactField
  },
}
