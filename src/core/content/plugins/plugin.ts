import type { FieldPattern } from '../../manifest/field-path.ts'
import type { Json, JsonObject } from '../../manifest/json.ts'

/** Live objects that the API server's own plugins read. */
export type FactName =
  | 'ingressClasses'
  | 'limitRanges'
  | 'priorityClasses'
  | 'runtimeClasses'
  | 'serviceAccounts'
  | 'storageClasses'

/** Lists; those of namespaced kinds are of the object's namespace. */
export type Facts = Readonly<Record<FactName, readonly JsonObject[]>>

export interface PluginScene {
  readonly next: JsonObject
  readonly declared: JsonObject
  readonly facts: Facts
}

/** A field of new objects that one of the API server's mutating plugins fills in. */
export interface PluginRow {
  /** As `--enable-admission-plugins` names it. */
  readonly plugin: string
  readonly kind: string
  readonly field: FieldPattern
  /** The field is a map, and each of its values is judged by itself. */
  readonly isMap?: true
  readonly needs: readonly FactName[]
  /** Whether it is what the plugin puts there, with everything below it; `key` is the last one. */
  readonly isRight: (live: Json, scene: PluginScene, key: string) => boolean
}
