import { at, type JsonObject } from '../../core/manifest/json.ts'
import { positionOf } from '../../core/promote/new-manifest.ts'
import { valuesOf, type UseRecord } from '../../core/promote/use-values.ts'
import { isDesired, withFields, type FieldValues } from '../../core/promote/with-fields.ts'
import type { Change } from './wanted.ts'

/** What one use wrote into an object that was there. */
export interface WrittenFields extends UseRecord {
  readonly n: number
  /** The object, or its scale, as it is now. */
  readonly seen: JsonObject
  /** Of a scale: where the object itself keeps it. */
  readonly replicas?: string
}

interface FieldsWish {
  readonly paths: readonly string[]
  readonly change: Extract<Change, { readonly kind: 'change' }>
}

interface Now {
  readonly whole: JsonObject
  readonly isLive: boolean
}

/** The fields of an object as several uses left them, one after the other; or why nobody knows them. */
export function fieldsWish(
  fields: readonly WrittenFields[],
  { whole, isLive }: Now,
): FieldsWish | string {
  const settings: FieldValues[] = []
  for (const [i, one] of fields.entries()) {
    const later = fields.slice(i + 1).flatMap(pathsOf)
    const left = pathsOf(one).filter(
      (path) => isDesired(path) && !later.some((other) => isAbove(other, path)),
    )
    if (left.length === 0) continue
    const source = isLive ? whole : sourceOf(one, whole)
    if (source === undefined) return unknownText(one, left)
    settings.push({ paths: left, source })
  }
  const position = positionOf(whole)
  return {
    paths: [...new Set(settings.flatMap(({ paths }) => paths))],
    change: {
      kind: 'change',
      next: (declared) => {
        let object = declared
        for (const setting of settings) {
          const next = withFields(object, setting, position)
          if (next.kind === 'refused') return `Git does not declare what ${next.path} is part of`
          object = next.object
        }
        return object
      },
    },
  }
}

/** Of the object itself, also where its scale was written. */
function pathsOf({ paths, replicas }: WrittenFields): readonly string[] {
  if (replicas === undefined) return paths
  return paths.flatMap((path) => (path === 'spec.replicas' ? [replicas] : []))
}

function sourceOf(one: WrittenFields, whole: JsonObject): JsonObject | undefined {
  const values = valuesOf(one, one.seen)
  if (values === undefined || one.replicas === undefined) return values
  if (values === one.seen) return whole
  // A scale to zero says nothing.
  return nested(one.replicas.split('.'), at(values, 'spec', 'replicas') ?? 0)
}

function nested([key = '', ...more]: readonly string[], value: JsonObject[string]): JsonObject {
  return { [key]: more.length === 0 ? value : nested(more, value) }
}

function isAbove(other: string, path: string): boolean {
  return (
    other === '*' || other === path || path.startsWith(`${other}.`) || path.startsWith(`${other}[`)
  )
}

function unknownText({ n }: WrittenFields, paths: readonly string[]): string {
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : ''
  return `${paths.slice(0, 3).join(', ')}${more} is not as use ${n} left it any more, and the grant does not tell the value: --live takes what is there now, --use N of the others leaves it out`
}
