/** What people call an object and what of it changes. */
export interface ObjectWords {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Fields; none where all of it comes or goes. */
  readonly paths: readonly string[]
  readonly change: 'change' | 'add' | 'remove'
}

const most = 3

/** `Deployment pay/api: spec.replicas`, `add Job pay/x`. */
export function formatObject({ kind, namespace, name, paths, change }: ObjectWords): string {
  const title = `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
  if (change !== 'change') return `${change} ${title}`
  const shown = paths.slice(0, most).join(', ')
  const more = paths.length > most ? ` and ${paths.length - most} more` : ''
  return shown === '' ? title : `${title}: ${shown}${more}`
}
