import { application } from './argo-manifests.ts'
import type { ArgoCluster } from './argo-cluster.ts'
import { isGone, says, shows, type Step } from './argo-step.ts'
import { configMap, documents } from './flux-manifests.ts'

const bare = (name: string, data: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

const worker = (replicas: number, image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec: {containers: [{name: worker, image: "registry.example.com/worker:${image}"}]}
`

const ignoring = (syncOptions: readonly string[]) =>
  documents(
    application('ignoring', {
      source: { path: 'ignoring' },
      syncOptions,
      spec: {
        ignoreDifferences: [
          { group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] },
        ],
      },
    }),
  )

const managed = (labels: Readonly<Record<string, string>>) =>
  documents(
    application('managed', {
      source: { path: 'managed' },
      syncPolicy: {
        managedNamespaceMetadata: { labels, annotations: { 'example.com/owner': 'web' } },
      },
    }),
  )

const following = (targetRevision: string) =>
  documents(application('following', { source: { path: 'following', targetRevision } }))

/** What the Application follows may be there at once, or need another look of Argo CD. */
async function saysFollowing(argo: ArgoCluster, from: string): Promise<void> {
  const application = { kind: 'Application', metadata: { namespace: 'argocd', name: 'following' } }
  let asked = 0
  await argo.until(`it says ${from}`, async () => {
    if (asked % 10 === 0) await argo.refresh(application)
    asked += 1
    const live = await argo.read({ kind: 'ConfigMap', namespace: 'following', name: 'plain' })
    return JSON.stringify(live?.['data']) === JSON.stringify({ from })
  })
}

const set = (elements: readonly string[], more = '') => `
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: sets, namespace: argocd}
spec:
  goTemplate: true
  generators:
  - list: {elements: [${elements.map((one) => `{name: ${one}}`).join(', ')}]}
  template:
    metadata: {name: 'set-{{.name}}'}
    spec:
      project: default
      source: {repoURL: "https://fleet.example.invalid/fleet.git", targetRevision: main, path: 'sets/{{.name}}'}
      destination: {server: https://kubernetes.default.svc, namespace: 'set-{{.name}}'}
      syncPolicy: {automated: {prune: true, selfHeal: true}, syncOptions: [CreateNamespace=true${more}]}
`

const replicasOf = { kind: 'Deployment', namespace: 'ignoring', name: 'worker' }

/** What an Application says by itself. */
export const optionSteps: readonly Step[] = [
  {
    title: 'differences that do not count',
    files: {
      'apps/ignoring.yaml': ignoring(['CreateNamespace=true']),
      'ignoring/worker.yaml': worker(1, '1'),
    },
    holds: (argo) => shows(argo, replicasOf, { spec: { replicas: 1 } }),
  },
  {
    title: 'and are respected where another field changes',
    files: {
      'apps/ignoring.yaml': ignoring(['CreateNamespace=true', 'RespectIgnoreDifferences=true']),
      'ignoring/worker.yaml': worker(1, '2'),
    },
    holds: (argo) =>
      shows(argo, replicasOf, {
        spec: { template: { spec: { containers: [{ image: 'registry.example.com/worker:2' }] } } },
      }),
  },
  {
    title: 'a namespace with labels of the Application',
    files: {
      'apps/ignoring.yaml': null,
      'apps/managed.yaml': managed({ team: 'blue' }),
      'managed/plain.yaml': documents(bare('plain', { a: '1' })),
    },
    holds: (argo) =>
      shows(
        argo,
        { kind: 'Namespace', name: 'managed' },
        {
          metadata: { labels: { team: 'blue' }, annotations: { 'example.com/owner': 'web' } },
        },
      ),
  },
  {
    title: 'other labels of it, which wait for the next sync',
    files: { 'apps/managed.yaml': managed({ team: 'green', tier: 'front' }) },
  },
  {
    title: 'that sync',
    files: { 'managed/plain.yaml': documents(bare('plain', { a: '2' })) },
    async holds(argo) {
      await says(argo, 'managed/plain', { a: '2' })
      await shows(
        argo,
        { kind: 'Namespace', name: 'managed' },
        {
          metadata: { labels: { team: 'green', tier: 'front' } },
        },
      )
    },
  },
  {
    title: 'the head of the repository',
    files: {
      'apps/managed.yaml': null,
      'apps/following.yaml': following('HEAD'),
      'following/plain.yaml': documents(bare('plain', { from: 'main' })),
    },
    holds: (argo) => says(argo, 'following/plain', { from: 'main' }),
  },
  {
    title: 'another branch that counts',
    async files(argo) {
      await argo.fleet.git(['branch', 'staging', 'main'])
      const plain = documents(bare('plain', { from: 'staging' }))
      await argo.commit({ 'following/plain.yaml': plain }, 'staging')
      return { 'apps/following.yaml': following('staging') }
    },
    holds: (argo) => saysFollowing(argo, 'staging'),
  },
  {
    title: 'one commit for good',
    async files(argo) {
      const plain = documents(bare('plain', { from: 'commit' }))
      const commit = await argo.commit({ 'following/plain.yaml': plain })
      return {
        'apps/following.yaml': following(commit),
        'following/plain.yaml': documents(bare('plain', { from: 'later' })),
      }
    },
    holds: (argo) => saysFollowing(argo, 'commit'),
  },
  {
    title: 'a tag',
    async files(argo) {
      const plain = documents(bare('plain', { from: 'tag' }))
      const commit = await argo.commit({ 'following/plain.yaml': plain })
      await argo.fleet.git(['tag', 'v1.0.0', commit])
      return {
        'apps/following.yaml': following('v1.0.0'),
        'following/plain.yaml': documents(bare('plain', { from: 'later' })),
      }
    },
    holds: (argo) => saysFollowing(argo, 'tag'),
  },
  {
    title: 'that tag, moved',
    async files(argo) {
      const plain = documents(bare('plain', { from: 'new tag' }), bare('more', { a: '1' }))
      const commit = await argo.commit({ 'following/plain.yaml': plain })
      await argo.fleet.git(['tag', '-f', 'v1.0.0', commit])
      return { 'following/plain.yaml': documents(bare('plain', { from: 'later still' })) }
    },
    holds: (argo) => saysFollowing(argo, 'new tag'),
  },
  {
    title: 'an object that somebody applied before the webhook was there',
    files: {
      'apps/following.yaml': null,
      'shop/adopted.yaml': documents(configMap('adopted', { a: 'from Git' }, 'default')),
    },
    holds: (argo) =>
      shows(
        argo,
        { kind: 'ConfigMap', namespace: 'default', name: 'adopted' },
        {
          data: { a: 'from Git' },
        },
      ),
  },
  {
    title: 'an ApplicationSet with two Applications',
    files: {
      'apps/sets.yaml': set(['one', 'two']),
      'sets/one/plain.yaml': documents(bare('plain', { a: 'one' })),
      'sets/two/plain.yaml': documents(bare('plain', { a: 'two' })),
    },
    holds: (argo) =>
      argo.until('both are there', async () => {
        const places = ['set-one', 'set-two']
        const all = await Promise.all(
          places.map((namespace) => argo.read({ kind: 'ConfigMap', namespace, name: 'plain' })),
        )
        return all.every((one) => one !== undefined)
      }),
  },
  {
    title: 'a change of what one of them applies',
    files: { 'sets/two/plain.yaml': documents(bare('plain', { a: '2' })) },
    holds: (argo) => says(argo, 'set-two/plain', { a: '2' }),
  },
  {
    title: 'an ApplicationSet with one of the two left, and an option more',
    files: { 'apps/sets.yaml': set(['two'], ', ServerSideApply=true') },
    async holds(argo) {
      await isGone(argo, { kind: 'Application', namespace: 'argocd', name: 'set-one' })
      await isGone(argo, { kind: 'ConfigMap', namespace: 'set-one', name: 'plain' })
    },
  },
  {
    title: 'the end of an ApplicationSet',
    files: { 'apps/sets.yaml': null },
    async holds(argo) {
      await isGone(argo, { kind: 'Application', namespace: 'argocd', name: 'set-two' })
      await isGone(argo, { kind: 'ConfigMap', namespace: 'set-two', name: 'plain' })
    },
  },
]
