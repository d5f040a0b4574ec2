import type { Engine } from '../engine.ts'
import { applicationKind } from './application.ts'
import { defaultInstall } from './names.ts'
import { marks, namedBy } from './tracking.ts'

/** Argo CD 3 in a namespace: Applications elsewhere are told apart by their namespace. */
export function argoCdIn(install: string): Engine {
  return {
    name: 'argo-cd',
    kinds: [applicationKind(install)],
    namedBy: (object) => namedBy(object, install),
    marks: (plan, id) => marks(plan, id, install),
  }
}

export const argoCd: Engine = argoCdIn(defaultInstall)
