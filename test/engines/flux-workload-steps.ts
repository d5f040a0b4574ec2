import { documents } from './flux-manifests.ts'
import { isGone, shows, type Step } from './flux-step.ts'

const rights = (verbs: string) => `
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
subjects: [{kind: Group, name: shoppers}]
`

const web = (image: string, extra = '') => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
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
        env:
        - {name: COLOUR, valueFrom: {configMapKeyRef: {name: first, key: colour}}}
        resources: {requests: {cpu: 0.1, memory: 64Mi}, limits: {memory: "134217728"}}
        readinessProbe: {httpGet: {path: /, port: http}}
${extra}---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 4
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 50%, selector: {matchLabels: {app: web}}}
`

const sidecar = `      - {name: side, image: registry.example.com/side:1, securityContext: {runAsUser: 1000}}
      volumes: [{name: tmp, emptyDir: {sizeLimit: 1Gi}}]
`

const store = (replicas: number) => `
apiVersion: v1
kind: Service
metadata: {name: store, namespace: shop}
spec: {clusterIP: None, selector: {app: store}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store, namespace: shop}
spec:
  serviceName: store
  replicas: ${replicas}
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec:
      containers:
      - {name: store, image: registry.example.com/store:1, volumeMounts: [{name: data, mountPath: /data}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: registry.example.com/agent:1}]}
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
        spec: {restartPolicy: Never, containers: [{name: tidy, image: registry.example.com/tidy:1}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: shop}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: once, image: registry.example.com/once:1}]}
`

const secret = (password: string) => `
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: shop}
type: Opaque
data: {user: YWRtaW4=}
stringData: {password: ${password}}
`

const surroundings = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {}, ingress: [{ports: [{port: 8080}]}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits, namespace: shop}
spec: {limits: [{type: Container, default: {cpu: "1"}}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: archive, namespace: shop}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}
`

const deployment = { kind: 'Deployment', namespace: 'shop', name: 'web' }
const statefulSet = { kind: 'StatefulSet', namespace: 'shop', name: 'store' }
const login = { kind: 'Secret', namespace: 'shop', name: 'login' }

/** The kinds that people deploy. */
export const workloadSteps: readonly Step[] = [
  {
    title: 'accounts and rights',
    files: { 'apps/rights.yaml': rights('get, list') },
    holds: (flux) => shows(flux, { kind: 'ClusterRoleBinding', name: 'shop-reader' }),
  },
  {
    title: 'a workload with its Service, autoscaler and budget',
    files: { 'apps/web.yaml': web('registry.example.com/web:1') },
    holds: (flux) => shows(flux, deployment, { metadata: { labels: { app: 'web' } } }),
  },
  {
    title: 'more rights, another image and another container',
    files: {
      'apps/rights.yaml': rights('get, list, watch'),
      'apps/web.yaml': web('registry.example.com/web:2', sidecar),
    },
    holds: (flux) =>
      shows(flux, deployment, {
        spec: {
          template: {
            spec: {
              containers: [{ image: 'registry.example.com/web:2' }, { name: 'side' }],
            },
          },
        },
      }),
  },
  {
    title: 'what keeps state, and what runs on every node',
    files: { 'apps/store.yaml': store(1) },
    holds: (flux) => shows(flux, statefulSet, { spec: { replicas: 1 } }),
  },
  {
    title: 'other numbers of replicas, and jobs',
    files: { 'apps/store.yaml': store(0), 'apps/jobs.yaml': jobs('0 3 * * *') },
    async holds(flux) {
      await shows(flux, statefulSet, { spec: { replicas: 0 } })
      await shows(flux, { kind: 'Job', namespace: 'shop', name: 'once' })
    },
  },
  {
    title: 'a Secret by stringData, and what is around a workload',
    files: { 'apps/login.yaml': secret('first'), 'apps/around.yaml': documents(surroundings) },
    holds: (flux) =>
      shows(flux, login, { data: { password: Buffer.from('first').toString('base64') } }),
  },
  {
    title: 'another value in a Secret, and another schedule',
    files: { 'apps/login.yaml': secret('second'), 'apps/jobs.yaml': jobs('0 4 * * *') },
    holds: (flux) =>
      shows(flux, login, { data: { password: Buffer.from('second').toString('base64') } }),
  },
  {
    title: 'the end of all of them',
    files: Object.fromEntries(
      ['web', 'store', 'jobs', 'login', 'around', 'rights'].map((name) => [
        `apps/${name}.yaml`,
        null,
      ]),
    ),
    async holds(flux) {
      await isGone(flux, deployment)
      await isGone(flux, { kind: 'ClusterRole', name: 'shop-reader' })
    },
  },
]
