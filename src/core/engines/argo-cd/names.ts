/** Where Argo CD is installed by default: Applications there have no namespace in their names. */
export const defaultInstall = 'argocd'

export const group = 'argoproj.io'

/** Of hooks, while their operation runs. */
export const hookFinalizer = 'argocd.argoproj.io/hook-finalizer'

export const cascadeFinalizers: readonly string[] = [
  'resources-finalizer.argocd.argoproj.io',
  'resources-finalizer.argocd.argoproj.io/foreground',
  'resources-finalizer.argocd.argoproj.io/background',
]

/** These wait for the hooks PreDelete and PostDelete, and for their removal. */
export const deleteHookFinalizers: readonly string[] = [
  'pre-delete-finalizer.argocd.argoproj.io',
  'post-delete-finalizer.argocd.argoproj.io',
]

export const cleanupFinalizers: readonly string[] = deleteHookFinalizers.map(
  (name) => `${name}/cleanup`,
)

/** Texts of the cluster, as far as messages show them. */
export function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}
