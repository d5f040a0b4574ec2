/** An object as tests name it; a collection without a name. */
export interface ObjectPath {
  readonly kind: string
  readonly namespace?: string
  readonly name?: string
}

const apis: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1 configmaps',
  Secret: '/api/v1 secrets',
  Service: '/api/v1 services',
  ServiceAccount: '/api/v1 serviceaccounts',
  LimitRange: '/api/v1 limitranges',
  Namespace: '/api/v1 namespaces',
  PersistentVolumeClaim: '/api/v1 persistentvolumeclaims',
  Deployment: '/apis/apps/v1 deployments',
  StatefulSet: '/apis/apps/v1 statefulsets',
  DaemonSet: '/apis/apps/v1 daemonsets',
  Job: '/apis/batch/v1 jobs',
  CronJob: '/apis/batch/v1 cronjobs',
  HorizontalPodAutoscaler: '/apis/autoscaling/v2 horizontalpodautoscalers',
  PodDisruptionBudget: '/apis/policy/v1 poddisruptionbudgets',
  Ingress: '/apis/networking.k8s.io/v1 ingresses',
  NetworkPolicy: '/apis/networking.k8s.io/v1 networkpolicies',
  Role: '/apis/rbac.authorization.k8s.io/v1 roles',
  RoleBinding: '/apis/rbac.authorization.k8s.io/v1 rolebindings',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1 clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1 clusterrolebindings',
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1 customresourcedefinitions',
  Gauge: '/apis/example.com/v1 gauges',
  Kustomization: '/apis/kustomize.toolkit.fluxcd.io/v1 kustomizations',
  HelmRelease: '/apis/helm.toolkit.fluxcd.io/v2 helmreleases',
  GitRepository: '/apis/source.toolkit.fluxcd.io/v1 gitrepositories',
  Bucket: '/apis/source.toolkit.fluxcd.io/v1 buckets',
  Application: '/apis/argoproj.io/v1alpha1 applications',
  ApplicationSet: '/apis/argoproj.io/v1alpha1 applicationsets',
  AppProject: '/apis/argoproj.io/v1alpha1 appprojects',
}

/** Below the address of the API server. */
export function pathOf({ kind, namespace, name }: ObjectPath): string {
  const [root, plural] = (apis[kind] ?? '').split(' ')
  if (root === undefined || plural === undefined) throw new Error(`no path for a ${kind}`)
  const place = namespace === undefined ? root : `${root}/namespaces/${namespace}`
  return name === undefined ? `${place}/${plural}` : `${place}/${plural}/${name}`
}
