import { application } from './argo-manifests.ts'
import { isGone, says, shows, type Step } from './argo-step.ts'
import { configMap, documents, namespace } from './flux-manifests.ts'

const shop = (directory: Parameters<typeof application>[1]['spec']) =>
  documents(
    application('shop', { source: { path: 'shop', directory: { recurse: true, ...directory } } }),
  )

/** The first commit: an Application below the root, and one object of it. */
export const firstFiles = {
  'apps/shop.yaml': shop({}),
  'shop/first.yaml': documents(configMap('first', { colour: 'red' })),
}

const gauges = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gauges.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Gauge, plural: gauges, singular: gauge, listKind: GaugeList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              unit: {type: string, default: bar}
              limit: {type: integer}
`

const gauge = (limit: number) => `
apiVersion: example.com/v1
kind: Gauge
metadata: {name: boiler, namespace: shop}
spec: {limit: ${limit}}
`

const boiler = { kind: 'Gauge', namespace: 'shop', name: 'boiler' }

/** What happens to files and objects, whatever their kind. */
export const fileSteps: readonly Step[] = [
  {
    title: 'another object, and a change of the first',
    files: {
      'shop/first.yaml': documents(configMap('first', { colour: 'blue', size: '4' })),
      'shop/second.yaml': documents(configMap('second', { here: 'yes' })),
    },
    async holds(argo) {
      await says(argo, 'shop/first', { colour: 'blue', size: '4' })
      await says(argo, 'shop/second', { here: 'yes' })
    },
  },
  {
    title: 'a field that is removed, and one that is emptied',
    files: { 'shop/first.yaml': documents(configMap('first', { colour: '' })) },
    holds: (argo) => says(argo, 'shop/first', { colour: '' }),
  },
  {
    title: 'an object that is renamed',
    files: { 'shop/second.yaml': documents(configMap('renamed', { here: 'yes' })) },
    async holds(argo) {
      await says(argo, 'shop/renamed', { here: 'yes' })
      await isGone(argo, { kind: 'ConfigMap', namespace: 'shop', name: 'second' })
    },
  },
  {
    title: 'an object that moves to a folder below, and changes there',
    files: {
      'shop/second.yaml': null,
      'shop/deeper/moved.yaml': documents(configMap('renamed', { here: 'still' })),
    },
    holds: (argo) => says(argo, 'shop/renamed', { here: 'still' }),
  },
  {
    title: 'an object that is removed',
    files: { 'shop/deeper/moved.yaml': null },
    holds: (argo) => isGone(argo, { kind: 'ConfigMap', namespace: 'shop', name: 'renamed' }),
  },
  {
    title: 'files that declare nothing',
    files: { 'README.md': 'nothing', 'shop/empty.yaml': '# nothing\n' },
  },
  {
    title: 'a namespace with everything in it',
    files: {
      'shop/pop-up.yaml': documents(
        namespace('pop-up'),
        configMap('one', { a: '1' }, 'pop-up'),
        'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: seller, namespace: pop-up}',
      ),
    },
    holds: (argo) => says(argo, 'pop-up/one', { a: '1' }),
  },
  {
    title: 'a definition and an instance of it',
    files: { 'shop/gauges.yaml': documents(gauges, gauge(4)) },
    holds: (argo) => shows(argo, boiler, { spec: { unit: 'bar', limit: 4 } }),
  },
  {
    title: 'a change of the instance, and the end of the namespace',
    files: { 'shop/gauges.yaml': documents(gauges, gauge(5)), 'shop/pop-up.yaml': null },
    async holds(argo) {
      await shows(argo, boiler, { spec: { limit: 5 } })
      await isGone(argo, { kind: 'Namespace', name: 'pop-up' })
    },
  },
  {
    title: 'the end of a definition, which Argo CD leaves where it is, and of its instance',
    files: { 'shop/gauges.yaml': null },
    async holds(argo) {
      await isGone(argo, boiler)
      await shows(argo, { kind: 'CustomResourceDefinition', name: 'gauges.example.com' })
    },
  },
  {
    title: 'files that the Application includes, and others',
    // In two commits, as docs/engines.md says: a sync that began with the old sources keeps them.
    async files(argo) {
      await argo.land({
        'apps/shop.yaml': shop({ include: '*.yaml', exclude: '{skipped*,deeper/*}' }),
      })
      return {
        'shop/skipped.yaml': documents(configMap('skipped', { a: '1' })),
        'shop/taken.yaml': documents(configMap('taken', { a: '1' })),
      }
    },
    async holds(argo) {
      await says(argo, 'shop/taken', { a: '1' })
      await isGone(argo, { kind: 'ConfigMap', namespace: 'shop', name: 'skipped' })
    },
  },
  {
    title: 'what is excluded no more, and what is now',
    files: { 'apps/shop.yaml': shop({ exclude: 'taken.yaml' }) },
    async holds(argo) {
      await says(argo, 'shop/skipped', { a: '1' })
      await isGone(argo, { kind: 'ConfigMap', namespace: 'shop', name: 'taken' })
    },
  },
]
