/**
 * How the parent of a derived object is found. `*` for a group or kind is for presets: then the
 * labels say which.
 */
export type ParentRule =
  | (ParentKind & { readonly by: 'ownerReference' | 'helmStorage' | 'helmRelease' })
  | (ParentKind & { readonly by: 'labels'; readonly labels: ParentLabels })

export interface ParentKind {
  /** Empty for the core group. */
  readonly group: string
  readonly kind: string
}

/** Keys of the labels that name the parent. */
export interface ParentLabels {
  readonly name: string
  /** Without it the parent is in the namespace of the object. */
  readonly namespace?: string
  readonly uid?: string
  readonly group?: string
  readonly kind?: string
}

/** For messages, to be read after "while" or "of". */
export function parentText(rule: ParentRule): string {
  return `${rule.kind === '*' ? 'the object' : `the ${rule.kind}`} ${hows[rule.by]}`
}

const hows = {
  ownerReference: 'that owns it',
  labels: 'that its labels name',
  helmStorage: 'whose release it records',
  helmRelease: 'whose release it belongs to',
} as const satisfies Record<ParentRule['by'], string>
