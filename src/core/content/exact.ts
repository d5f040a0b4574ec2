import type { Field, Position } from './position.ts'

/** Where nobody describes what stands there: everything is kept as it is, and compared so. */
export const exactPosition: Position = {
  type: '',
  field: () => exactField,
  unknownKeys: 'kept',
  items: undefined,
  list: { kind: 'atomic' },
  meaning: 'exact',
}

export const exactField: Field = {
  position: exactPosition,
  default: undefined,
  empty: 'kept',
  isNullable: true,
}
