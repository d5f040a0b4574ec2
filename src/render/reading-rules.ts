import { digest } from '../core/manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json } from '../core/manifest/json.ts'
import type { Plan } from '../core/plans/plan.ts'

/** What becomes of the objects of a text before they are applied. Equal rules, equal `key`. */
export interface ReadingRules {
  readonly key: string
  /** For objects that name none. */
  readonly namespace: string
  /** Argo CD leaves out a file that asks for it. */
  readonly skipsMarked?: true
  readonly flux?: FluxRules
}

/** In the order in which kustomize-controller does it to each object of a build. */
export interface FluxRules {
  readonly decryptsSops: boolean
  readonly substitutions?: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const known = new WeakMap<Plan, ReadingRules>()

export function rulesOf(plan: Plan): ReadingRules {
  const found = known.get(plan)
  if (found !== undefined) return found
  const rules = makeRules(plan)
  known.set(plan, rules)
  return rules
}

function makeRules({ namespace, plain, kustomize }: Plan): ReadingRules {
  if (kustomize?.engine !== 'flux') {
    if (plain === undefined) return { key: namespace, namespace }
    return { key: `${namespace}\nmarked`, namespace, skipsMarked: true }
  }
  const { edits, substitutions, encryptedFiles } = kustomize
  const flux = {
    decryptsSops: encryptedFiles === 'sops',
    ...(substitutions === undefined ? {} : { substitutions }),
    labels: textsAt(at(edits, 'commonMetadata', 'labels')),
    annotations: textsAt(at(edits, 'commonMetadata', 'annotations')),
  }
  return { key: `${namespace}\n${digest(flux)}`, namespace, flux }
}

function textsAt(map: Json | undefined): Readonly<Record<string, string>> {
  const names = isJsonObject(map) ? Object.keys(map) : []
  return Object.fromEntries(names.map((name) => [name, stringAt(map, name) ?? '']))
}
