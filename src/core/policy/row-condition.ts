/** What else must hold for a row of a preset; rows written by hand have none. */
export type RowCondition =
  /** Among finalizers only these come and go. */
  | { readonly kind: 'finalizers'; readonly names: readonly string[] }
  /** The live Pod runs as this service account of its namespace. */
  | { readonly kind: 'pod-of'; readonly account: string }
  /** A condition by its name, which only the code about that engine can judge. */
  | { readonly kind: 'engine'; readonly name: string; readonly says: string }

/** To be read after "only where". */
export function conditionText(condition: RowCondition): string {
  switch (condition.kind) {
    case 'engine':
      return condition.says
    case 'pod-of':
      return `the Pod runs as ${condition.account}`
    case 'finalizers':
      return `no finalizer changes but ${condition.names.join(' or ')}`
  }
}

/** `; only where …`, or nothing. */
export function onlyWhere(condition: RowCondition | undefined): string {
  return condition === undefined ? '' : `; only where ${conditionText(condition)}`
}
