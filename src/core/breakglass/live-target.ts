import { at, stringAt, type JsonObject } from '../manifest/json.ts'
import { momentOf } from './moment.ts'

/** The object of a use, as it is now. */
export type LiveTarget =
  | {
      readonly kind: 'found'
      /** What the use has digests of: the object, or its scale. */
      readonly seen: JsonObject
      readonly whole: JsonObject
    }
  | { readonly kind: 'absent' }
  /** Why, for people. */
  | { readonly kind: 'unreadable'; readonly why: string }

export type FoundTarget = Extract<LiveTarget, { readonly kind: 'found' }>

export function uidOf({ whole }: FoundTarget): string {
  return stringAt(whole, 'metadata', 'uid') ?? ''
}

/** Epoch ms. */
export function createdAt({ whole }: FoundTarget): number {
  return momentOf(stringAt(whole, 'metadata', 'creationTimestamp')) ?? 0
}

export function isEnding({ whole }: FoundTarget): boolean {
  return at(whole, 'metadata', 'deletionTimestamp') !== undefined
}
