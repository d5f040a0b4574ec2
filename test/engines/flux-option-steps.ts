import { configMap, documents, kustomization, namespace } from './flux-manifests.ts'
import { isGone, says, shows, type Step } from './flux-step.ts'

const bare = (data: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'plain' },
  data,
})

const worker = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  replicas: 0
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec: {containers: [{name: worker, image: registry.example.com/worker:1}]}
`

const options = (spec: Parameters<typeof kustomization>[1]) =>
  documents(
    namespace('options'),
    kustomization('options', { path: './options', targetNamespace: 'options', ...spec }),
  )

/** What a Kustomization says by itself. */
export const optionSteps: readonly Step[] = [
  {
    title: 'targetNamespace and commonMetadata',
    files: {
      'clusters/prod/options.yaml': options({
        commonMetadata: { labels: { team: 'blue' }, annotations: { 'example.com/cost': '"7"' } },
      }),
      'options/plain.yaml': documents(bare({ a: '1' }), worker),
    },
    holds: (flux) =>
      shows(
        flux,
        { kind: 'ConfigMap', namespace: 'options', name: 'plain' },
        {
          metadata: { labels: { team: 'blue' }, annotations: { 'example.com/cost': '"7"' } },
        },
      ),
  },
  {
    title: 'patches, images, a prefix and a suffix',
    files: {
      'clusters/prod/options.yaml': options({
        namePrefix: 'a-',
        nameSuffix: '-z',
        images: [{ name: 'registry.example.com/worker', newTag: '9' }],
        patches: [
          {
            target: { kind: 'ConfigMap' },
            patch: '- {op: add, path: /data/b, value: "2"}',
          },
        ],
      }),
    },
    async holds(flux) {
      await says(flux, 'a-plain-z', { a: '1', b: '2' }, 'options')
      await isGone(flux, { kind: 'ConfigMap', namespace: 'options', name: 'plain' })
    },
  },
  {
    title: 'variables of its own, and of a ConfigMap that is declared beside it',
    files: {
      'clusters/prod/options.yaml': documents(
        options({
          postBuild: {
            substitute: { region: 'north' },
            substituteFrom: [{ kind: 'ConfigMap', name: 'variables' }],
          },
        }),
        configMap('variables', { size: 'small', region: 'south' }, 'flux-system'),
      ),
      'options/plain.yaml': documents(
        bare({ region: '${region}', size: '${size}', other: '${other:=none}' }),
        worker,
      ),
    },
    holds: (flux) =>
      says(flux, 'plain', { region: 'north', size: 'small', other: 'none' }, 'options'),
  },
  {
    title: 'another value of a variable',
    files: {
      'clusters/prod/options.yaml': documents(
        options({
          postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'variables' }] },
        }),
        configMap('variables', { size: 'large', region: 'south' }, 'flux-system'),
      ),
    },
    holds: (flux) =>
      flux.until('it says large', async () => {
        const live = await flux.read({ kind: 'ConfigMap', namespace: 'options', name: 'plain' })
        return JSON.stringify(live?.['data']).includes('large')
      }),
  },
  {
    title: 'components, health checks and wait',
    files: {
      'clusters/prod/options.yaml': options({
        wait: true,
        timeout: '30s',
        components: ['component'],
      }),
      'options/plain.yaml': documents(bare({ a: '1' }), worker),
      'options/kustomization.yaml': 'resources: [plain.yaml]\n',
      'options/component/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [more.yaml]\n',
      'options/component/more.yaml': documents({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'more' },
        data: { a: '1' },
      }),
    },
    holds: (flux) => says(flux, 'more', { a: '1' }, 'options'),
  },
]
