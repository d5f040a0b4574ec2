import type { EngineConditions } from '../exceptions/candidates.ts'
import { ownWrites } from './argo-cd/own-writes.ts'

/** The conditions that rows of presets name, as the code about their engines judges them. */
export const ownConditions: EngineConditions = new Map(
  ownWrites.flatMap(({ name, condition }) => (condition === undefined ? [] : [[name, condition]])),
)
