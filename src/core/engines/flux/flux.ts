import type { Engine } from '../engine.ts'
import { helmRelease } from './helm-release.ts'
import { kustomization } from './kustomization.ts'
import { marks, namedBy } from './labels.ts'

/** Flux 2.9 with its custom resources as they come. */
export const flux: Engine = {
  name: 'flux',
  kinds: [kustomization, helmRelease],
  namedBy,
  marks,
}
