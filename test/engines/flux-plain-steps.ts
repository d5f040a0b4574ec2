import { configMap, documents, kustomization, namespace } from './flux-manifests.ts'
import { isGone, says, shows, type Step } from './flux-step.ts'

/** The first commit: what the root applies, and one Kustomization below it. */
export const firstFiles = {
  'clusters/prod/apps.yaml': documents(kustomization('apps', { path: './apps' })),
  'apps/shop.yaml': documents(namespace('shop'), configMap('first', { colour: 'red' })),
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

/** What happens to files and objects, whatever their kind. */
export const fileSteps: readonly Step[] = [
  {
    title: 'another object, and a change of the first',
    files: {
      'apps/shop.yaml': documents(
        namespace('shop'),
        configMap('first', { colour: 'blue', size: '"4"' }),
      ),
      'apps/second.yaml': documents(configMap('second', { here: 'yes' })),
    },
    async holds(flux) {
      await says(flux, 'first', { colour: 'blue', size: '"4"' })
      await says(flux, 'second', { here: 'yes' })
    },
  },
  {
    title: 'a field that is removed, and one that is emptied',
    files: {
      'apps/shop.yaml': documents(namespace('shop'), configMap('first', { colour: '' })),
    },
    holds: (flux) => says(flux, 'first', { colour: '' }),
  },
  {
    title: 'an object that is renamed',
    files: { 'apps/second.yaml': documents(configMap('renamed', { here: 'yes' })) },
    async holds(flux) {
      await says(flux, 'renamed', { here: 'yes' })
      await isGone(flux, { kind: 'ConfigMap', namespace: 'shop', name: 'second' })
    },
  },
  {
    title: 'an object that moves to another file, and changes there',
    files: {
      'apps/second.yaml': null,
      'apps/deeper/moved.yaml': documents(configMap('renamed', { here: 'still' })),
    },
    holds: (flux) => says(flux, 'renamed', { here: 'still' }),
  },
  {
    title: 'an object that is removed',
    files: { 'apps/deeper/moved.yaml': null },
    holds: (flux) => isGone(flux, { kind: 'ConfigMap', namespace: 'shop', name: 'renamed' }),
  },
  {
    title: 'files that declare nothing',
    files: { 'README.md': 'nothing', 'apps/empty.yaml': '# nothing\n' },
  },
  {
    title: 'a namespace with everything in it',
    files: {
      'apps/pop-up.yaml': documents(
        namespace('pop-up'),
        configMap('one', { a: '1' }, 'pop-up'),
        'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: seller, namespace: pop-up}',
      ),
    },
    holds: (flux) => says(flux, 'one', { a: '1' }, 'pop-up'),
  },
  {
    title: 'a definition and an instance of it',
    files: { 'apps/gauges.yaml': documents(gauges, gauge(4)) },
    holds: (flux) =>
      shows(
        flux,
        { kind: 'Gauge', namespace: 'shop', name: 'boiler' },
        {
          spec: { unit: 'bar', limit: 4 },
        },
      ),
  },
  {
    title: 'a change of the instance, and the end of the namespace',
    files: { 'apps/gauges.yaml': documents(gauges, gauge(5)), 'apps/pop-up.yaml': null },
    async holds(flux) {
      const boiler = { kind: 'Gauge', namespace: 'shop', name: 'boiler' }
      await shows(flux, boiler, { spec: { limit: 5 } })
      await isGone(flux, { kind: 'Namespace', name: 'pop-up' })
    },
  },
  {
    title: 'the end of a definition and its instance',
    files: { 'apps/gauges.yaml': null },
    holds: (flux) => isGone(flux, { kind: 'CustomResourceDefinition', name: 'gauges.example.com' }),
  },
]
