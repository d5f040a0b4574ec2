/** `plural[.group]`, other words for it, and whether it is in a namespace. */
interface Kind {
  readonly resource: string
  readonly words: readonly string[]
  readonly isNamespaced: boolean
}

function namespaced(resource: string, ...words: readonly string[]): Kind {
  return { resource, words, isNamespaced: true }
}

function clusterScoped(resource: string, ...words: readonly string[]): Kind {
  return { resource, words, isNamespaced: false }
}

const argo = 'argoproj.io'
const rbac = 'rbac.authorization.k8s.io'
const flux = (name: string) => `${name}.toolkit.fluxcd.io`

/** What people name offline, in the words of kubectl. Others need `plural.group`. */
const kinds: readonly Kind[] = [
  namespaced('pods', 'pod', 'po'),
  namespaced('services', 'service', 'svc'),
  namespaced('configmaps', 'configmap', 'cm'),
  namespaced('secrets', 'secret'),
  namespaced('serviceaccounts', 'serviceaccount', 'sa'),
  namespaced('persistentvolumeclaims', 'persistentvolumeclaim', 'pvc'),
  namespaced('replicationcontrollers', 'replicationcontroller', 'rc'),
  namespaced('endpoints', 'ep'),
  namespaced('limitranges', 'limitrange', 'limits'),
  namespaced('resourcequotas', 'resourcequota', 'quota'),
  namespaced('deployments.apps', 'deployment', 'deploy'),
  namespaced('statefulsets.apps', 'statefulset', 'sts'),
  namespaced('daemonsets.apps', 'daemonset', 'ds'),
  namespaced('replicasets.apps', 'replicaset', 'rs'),
  namespaced('jobs.batch', 'job'),
  namespaced('cronjobs.batch', 'cronjob', 'cj'),
  namespaced('horizontalpodautoscalers.autoscaling', 'horizontalpodautoscaler', 'hpa'),
  namespaced('ingresses.networking.k8s.io', 'ingress', 'ing'),
  namespaced('networkpolicies.networking.k8s.io', 'networkpolicy', 'netpol'),
  namespaced('poddisruptionbudgets.policy', 'poddisruptionbudget', 'pdb'),
  namespaced(`roles.${rbac}`, 'role'),
  namespaced(`rolebindings.${rbac}`, 'rolebinding'),
  namespaced('endpointslices.discovery.k8s.io', 'endpointslice'),
  namespaced(`kustomizations.${flux('kustomize')}`, 'kustomization', 'ks'),
  namespaced(`helmreleases.${flux('helm')}`, 'helmrelease', 'hr'),
  namespaced(`gitrepositories.${flux('source')}`, 'gitrepository', 'gitrepo'),
  namespaced(`applications.${argo}`, 'application', 'app'),
  clusterScoped('nodes', 'node', 'no'),
  clusterScoped('namespaces', 'namespace', 'ns'),
  clusterScoped('persistentvolumes', 'persistentvolume', 'pv'),
  clusterScoped('storageclasses.storage.k8s.io', 'storageclass', 'sc'),
  clusterScoped('ingressclasses.networking.k8s.io', 'ingressclass'),
  clusterScoped('priorityclasses.scheduling.k8s.io', 'priorityclass', 'pc'),
  clusterScoped(`clusterroles.${rbac}`, 'clusterrole'),
  clusterScoped(`clusterrolebindings.${rbac}`, 'clusterrolebinding'),
  clusterScoped('customresourcedefinitions.apiextensions.k8s.io', 'crd', 'crds'),
]

/** `deploy`, `deployment`, `deployments`, each also with `.apps`: `deployments.apps`. */
export function resourceOf(word: string): string | undefined {
  const wanted = word.toLowerCase()
  return kinds.find(({ resource, words }) => {
    const [plural = '', ...group] = resource.split('.')
    return [plural, ...words].some((one) => one === wanted || [one, ...group].join('.') === wanted)
  })?.resource
}

/** Undefined for a kind that is not known here. */
export function isNamespaced(resource: string): boolean | undefined {
  return kinds.find((kind) => kind.resource === resource)?.isNamespaced
}

/** `deploy` of `deployments.apps`: a short word that still says what it is, or the resource itself. */
export function kubectlWord(resource: string): string {
  const words = kinds.find((kind) => kind.resource === resource)?.words ?? []
  const telling = words.filter(({ length }) => length > 2)
  return telling.toSorted((a, b) => a.length - b.length)[0] ?? resource
}
