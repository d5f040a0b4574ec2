import { isGone, shows, type Step } from './argo-step.ts'

const rights = (verbs: string, group = 'shoppers') => `
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web, namespace: shop}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [${verbs}]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: shop-reader}
rules: [{apiGroups: [apps], resources: [deployments], verbs: [${verbs}]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: shop-reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: shop-reader}
subjects: [{kind: Group, name: ${group}, apiGroup: rbac.authorization.k8s.io}]
`

const web = (image: string, extra = '') => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  strategy: {rollingUpdate: {maxSurge: 1}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: ${image}
        ports: [{containerPort: 8080, name: http}]
        resources: {requests: {cpu: 0.1, memory: 64Mi}, limits: {memory: "134217728"}}
${extra}---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 50%, selector: {matchLabels: {app: web}}}
`

const sidecar = `      - {name: side, image: "registry.example.com/side:1", securityContext: {runAsUser: 1000}}
      volumes: [{name: tmp, emptyDir: {sizeLimit: 1Gi}}]
`

const store = (replicas: number) => `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store, namespace: shop}
spec:
  serviceName: store
  replicas: ${replicas}
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec: {containers: [{name: store, image: "registry.example.com/store:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: store, namespace: shop}
spec: {clusterIP: None, selector: {app: store}, ports: [{port: 5432}]}
`

const jobs = (schedule: string) => `
apiVersion: batch/v1
kind: CronJob
metadata: {name: tidy, namespace: shop}
spec:
  schedule: "${schedule}"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: tidy, image: "registry.example.com/tidy:1"}]}
`

const secret = (password: string) => `
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: shop}
type: Opaque
data: {user: YWRtaW4=}
stringData: {password: ${password}}
`

const deployment = { kind: 'Deployment', namespace: 'shop', name: 'web' }
const statefulSet = { kind: 'StatefulSet', namespace: 'shop', name: 'store' }
const login = { kind: 'Secret', namespace: 'shop', name: 'login' }

/** The kinds that people deploy. */
export const workloadSteps: readonly Step[] = [
  {
    title: 'accounts and rights',
    files: { 'shop/rights.yaml': rights('get, list') },
    holds: (argo) => shows(argo, { kind: 'ClusterRoleBinding', name: 'shop-reader' }),
  },
  {
    title: 'a workload with its Service and budget',
    files: { 'shop/web.yaml': web('registry.example.com/web:1') },
    holds: (argo) => shows(argo, deployment, { spec: { replicas: 2 } }),
  },
  {
    title: 'other rights, another image and another container',
    files: {
      'shop/rights.yaml': rights('get, watch', 'buyers'),
      'shop/web.yaml': web('registry.example.com/web:2', sidecar),
    },
    async holds(argo) {
      const containers = [{ image: 'registry.example.com/web:2' }, { name: 'side' }]
      await shows(argo, deployment, { spec: { template: { spec: { containers } } } })
      await shows(
        argo,
        { kind: 'ClusterRole', name: 'shop-reader' },
        {
          rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'watch'] }],
        },
      )
    },
  },
  {
    title: 'what keeps state, a job on schedule, and a Secret',
    files: {
      'shop/store.yaml': store(1),
      'shop/jobs.yaml': jobs('0 3 * * *'),
      'shop/login.yaml': secret('first'),
    },
    holds: (argo) => shows(argo, statefulSet, { spec: { replicas: 1 } }),
  },
  {
    title: 'changes of these',
    files: {
      'shop/store.yaml': store(0),
      'shop/jobs.yaml': jobs('0 4 * * *'),
      'shop/login.yaml': secret('second'),
    },
    async holds(argo) {
      await shows(argo, statefulSet, { spec: { replicas: 0 } })
      await shows(argo, login, { data: { user: 'YWRtaW4=', password: 'c2Vjb25k' } })
    },
  },
  {
    title: 'the end of all of them',
    files: {
      'shop/rights.yaml': null,
      'shop/web.yaml': null,
      'shop/store.yaml': null,
      'shop/jobs.yaml': null,
      'shop/login.yaml': null,
    },
    async holds(argo) {
      for (const one of [deployment, statefulSet, login]) await isGone(argo, one)
      await isGone(argo, { kind: 'ClusterRole', name: 'shop-reader' })
    },
  },
]
