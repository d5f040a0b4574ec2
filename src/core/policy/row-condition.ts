/** What else must hold for a row of a preset; rows written by hand have none. */
export type RowCondition =
  /** Among finalizers only these come and go. */
  | { readonly kind: 'finalizers'; readonly names: readonly string[] }
  /** A condition by its name, which only the code about that engine can judge. */
  | { readonly kind: 'engine'; readonly name: string; readonly says: string }

/** To be read after "only where". */
export function conditionText(condition: RowCondition): string {
  return condition.kind === 'engine'
    ? condition.says
    : `no finalizer changes but ${condition.names.join(' or ')}`
}

/** `; only where …`, or nothing. */
export function onlyWhere(condition: RowCondition | undefined): string {
  return condition === undefined ? '' : `; only where ${conditionText(condition)}`
}
