import { application, type ApplicationOptions } from './argo-manifests.ts'
import { isGone, says, shows, type Step } from './argo-step.ts'
import { documents } from './flux-manifests.ts'

const ordered = (options: Partial<ApplicationOptions> = {}) =>
  documents(application('ordered', { source: { path: 'ordered' }, ...options }))

type Annotations = Readonly<Record<string, string>>

const settings = (name: string, data: Annotations, annotations: Annotations = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`argocd.argoproj.io/${key}`, value]),
    ),
  },
  data,
})

/** Done at once, without a node. */
const job = (metadata: string, image: string) => `
apiVersion: batch/v1
kind: Job
metadata: ${metadata}
spec:
  completions: 0
  template:
    spec: {restartPolicy: Never, containers: [{name: main, image: "registry.example.com/job:${image}"}]}
`

const hook = (name: string, type: string, policy: string, image: string) =>
  job(
    `{name: ${name}, annotations: {argocd.argoproj.io/hook: ${type}, argocd.argoproj.io/hook-delete-policy: ${policy}}}`,
    image,
  )

const hooks = (image: string) => ({
  'ordered/before.yaml': hook('before', 'PreSync', 'BeforeHookCreation', image),
  'ordered/after.yaml': hook('after', 'PostSync', 'HookSucceeded', image),
  'ordered/named.yaml': job(
    '{generateName: named-, annotations: {argocd.argoproj.io/hook: Sync, argocd.argoproj.io/hook-delete-policy: HookSucceeded}}',
    image,
  ),
  'ordered/third.yaml': documents(settings('third', { image }, { 'sync-wave': '3' })),
})

const at = (kind: string, name: string) => ({ kind, namespace: 'ordered', name })

/** Waves and hooks, and how objects are written. */
export const orderSteps: readonly Step[] = [
  {
    title: 'waves',
    files: {
      'apps/ordered.yaml': ordered(),
      'ordered/first.yaml': documents(settings('first', { a: '1' }, { 'sync-wave': '-1' })),
      'ordered/second.yaml': documents(settings('second', { a: '1' })),
      'ordered/third.yaml': documents(settings('third', { image: '0' }, { 'sync-wave': '3' })),
    },
    holds: (argo) => says(argo, 'ordered/third', { image: '0' }),
  },
  {
    title: 'Jobs before, within and after a sync',
    files: hooks('1'),
    async holds(argo) {
      await says(argo, 'ordered/third', { image: '1' })
      await shows(argo, at('Job', 'before'), { status: { conditions: [{}] } })
      await isGone(argo, at('Job', 'after'))
    },
  },
  {
    title: 'the same Jobs once more, for another object',
    files: {
      'ordered/third.yaml': documents(settings('third', { image: 'x' }, { 'sync-wave': '3' })),
    },
    holds: (argo) => says(argo, 'ordered/third', { image: 'x' }),
  },
  {
    title: 'other Jobs of these names',
    files: hooks('2'),
    holds: (argo) =>
      shows(argo, at('Job', 'before'), {
        spec: { template: { spec: { containers: [{ image: 'registry.example.com/job:2' }] } } },
      }),
  },
  {
    title: 'hooks that are removed, and a first and a second object that change',
    files: {
      'ordered/before.yaml': null,
      'ordered/after.yaml': null,
      'ordered/named.yaml': null,
      'ordered/first.yaml': documents(settings('first', { a: '2' }, { 'sync-wave': '-1' })),
      'ordered/second.yaml': documents(settings('second', { a: '2' })),
    },
    holds: (argo) => says(argo, 'ordered/first', { a: '2' }),
  },
  {
    title: 'an object that is replaced instead of changed',
    files: {
      'ordered/second.yaml': documents(
        settings('second', { b: '3' }, { 'sync-options': 'Replace=true' }),
      ),
    },
    holds: (argo) => says(argo, 'ordered/second', { b: '3' }),
  },
  {
    title: 'a Job that is to be deleted and made anew',
    files: {
      'ordered/forced.yaml': job(
        '{name: forced, annotations: {argocd.argoproj.io/sync-options: "Force=true,Replace=true"}}',
        '1',
      ),
    },
    holds: (argo) => shows(argo, at('Job', 'forced')),
  },
  {
    title: 'and is',
    files: {
      'ordered/forced.yaml': job(
        '{name: forced, annotations: {argocd.argoproj.io/sync-options: "Force=true,Replace=true"}}',
        '2',
      ),
    },
    holds: (argo) =>
      shows(argo, at('Job', 'forced'), {
        spec: { template: { spec: { containers: [{ image: 'registry.example.com/job:2' }] } } },
      }),
  },
  {
    title: 'an Application that replaces everything',
    files: {
      'apps/ordered.yaml': ordered({ syncOptions: ['CreateNamespace=true', 'Replace=true'] }),
      'ordered/forced.yaml': null,
      'ordered/second.yaml': documents(settings('second', { b: '4' })),
    },
    holds: (argo) => says(argo, 'ordered/second', { b: '4' }),
  },
  {
    title: 'one that lets the server apply',
    files: {
      'apps/ordered.yaml': ordered({
        syncOptions: ['CreateNamespace=true', 'ServerSideApply=true'],
      }),
      'ordered/second.yaml': documents(settings('second', { b: '5' })),
      'ordered/fourth.yaml': documents(settings('fourth', { b: '5' })),
    },
    holds: (argo) => says(argo, 'ordered/fourth', { b: '5' }),
  },
  {
    title: 'one that also compares by dry-runs',
    files: {
      'apps/ordered.yaml': ordered({
        syncOptions: ['CreateNamespace=true', 'ServerSideApply=true'],
        annotations: { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' },
      }),
      'ordered/second.yaml': documents(settings('second', { b: '6' })),
    },
    holds: (argo) => says(argo, 'ordered/second', { b: '6' }),
  },
  {
    title: 'a change, a new object and a removal, compared by dry-runs',
    files: {
      'ordered/second.yaml': documents(settings('second', { b: '7', c: '1' })),
      'ordered/fifth.yaml': documents(settings('fifth', { b: '7' })),
      'ordered/fourth.yaml': null,
    },
    async holds(argo) {
      await says(argo, 'ordered/second', { b: '7', c: '1' })
      await isGone(argo, at('ConfigMap', 'fourth'))
    },
  },
  {
    title: 'the end of that Application',
    files: { 'apps/ordered.yaml': null },
    async holds(argo) {
      await isGone(argo, { kind: 'Application', namespace: 'argocd', name: 'ordered' })
      await isGone(argo, at('ConfigMap', 'second'))
    },
  },
]
