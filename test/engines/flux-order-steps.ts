import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { FluxCluster } from './flux-cluster.ts'
import { configMap, documents, kustomization, namespace } from './flux-manifests.ts'
import { isGone, says, shows, type Step } from './flux-step.ts'

const job = (image: string) => `
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: shop}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: migrate, image: "registry.example.com/m:${image}"}]}
`

const nested = {
  'clusters/prod/level-1.yaml': documents(kustomization('level-1', { path: './levels/1' })),
  'levels/1/next.yaml': documents(kustomization('level-2', { path: './levels/2' })),
  'levels/2/next.yaml': documents(kustomization('level-3', { path: './levels/3' })),
  'levels/3/leaf.yaml': documents(namespace('leaves'), configMap('leaf', { a: '1' }, 'leaves')),
}

const leaf = { kind: 'ConfigMap', namespace: 'leaves', name: 'leaf' }
const flux = 'flux-system'

function second(url: string, ref: JsonObject): string {
  return documents(
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'second', namespace: flux },
      spec: { interval: '1s', url, ref },
    },
    kustomization('second', {
      path: './second',
      sourceRef: { kind: 'GitRepository', name: 'second' },
    }),
  )
}

async function tag({ fleet }: FluxCluster, a: string): Promise<void> {
  const commit = await fleet.commit({
    'second/one.yaml': documents(configMap('from-second', { a })),
  })
  await fleet.git(['tag', '-f', 'v2', commit])
}

function saysSecond(cluster: FluxCluster, a: string): Promise<void> {
  return cluster.until(`it says ${a}`, async () => {
    const live = await cluster.read({ kind: 'ConfigMap', namespace: 'shop', name: 'from-second' })
    return JSON.stringify(live?.['data']) === JSON.stringify({ a })
  })
}

/** Kustomizations among each other, and how they end. */
export const orderSteps: readonly Step[] = [
  {
    title: 'three levels of Kustomizations at once',
    files: nested,
    holds: (cluster) =>
      cluster.until('the leaf is there', async () => (await cluster.read(leaf)) !== undefined),
  },
  {
    title: 'a change at the lowest level, and one of the middle Kustomization itself',
    files: {
      'levels/1/next.yaml': documents(
        kustomization('level-2', {
          path: './levels/2',
          commonMetadata: { labels: { level: 'two' } },
        }),
      ),
      'levels/3/leaf.yaml': documents(namespace('leaves'), configMap('leaf', { a: '2' }, 'leaves')),
    },
    async holds(cluster) {
      await says(cluster, 'leaf', { a: '2' }, 'leaves')
      await shows(
        cluster,
        { kind: 'Kustomization', namespace: flux, name: 'level-3' },
        {
          metadata: { labels: { level: 'two' } },
        },
      )
    },
  },
  {
    title: 'a Kustomization that is suspended, and a change that waits for it',
    files: {
      'levels/2/next.yaml': documents(
        kustomization('level-3', { path: './levels/3', suspend: true }),
      ),
      'levels/3/leaf.yaml': documents(namespace('leaves'), configMap('leaf', { a: '3' }, 'leaves')),
    },
  },
  {
    title: 'a suspended one that goes on',
    files: { 'levels/2/next.yaml': documents(kustomization('level-3', { path: './levels/3' })) },
    holds: (cluster) => says(cluster, 'leaf', { a: '3' }, 'leaves'),
  },
  {
    title: 'the end of three levels',
    files: { 'clusters/prod/level-1.yaml': null },
    async holds(cluster) {
      await isGone(cluster, { kind: 'Kustomization', namespace: flux, name: 'level-3' })
      await isGone(cluster, leaf)
    },
  },
  {
    title: 'a source that is declared in Git, and what is read from it',
    files: ({ url }) => ({
      'clusters/prod/second.yaml': second(url, { branch: 'main' }),
      'second/one.yaml': documents(configMap('from-second', { a: '1' })),
    }),
    holds: (cluster) => saysSecond(cluster, '1'),
  },
  {
    title: 'a tag that it follows',
    before: (cluster) => tag(cluster, 'of the tag'),
    files: ({ url }) => ({
      'clusters/prod/second.yaml': second(url, { tag: 'v2' }),
      'second/one.yaml': documents(configMap('from-second', { a: 'later' })),
    }),
    holds: (cluster) => saysSecond(cluster, 'of the tag'),
  },
  {
    title: 'that tag, moved',
    before: (cluster) => tag(cluster, 'of the moved tag'),
    files: { 'second/one.yaml': documents(configMap('from-second', { a: 'later still' })) },
    holds: (cluster) => saysSecond(cluster, 'of the moved tag'),
  },
  {
    title: 'the end of both at once with their folder, and one that would leave its objects',
    files: {
      'clusters/prod/second.yaml': null,
      'second/one.yaml': null,
      'orphans/one.yaml': documents(configMap('orphan', { a: '1' })),
      'clusters/prod/orphans.yaml': documents(
        kustomization('orphans', { path: './orphans', deletionPolicy: 'Orphan' }),
      ),
    },
    async holds(cluster) {
      await isGone(cluster, { kind: 'ConfigMap', namespace: 'shop', name: 'from-second' })
      await says(cluster, 'orphan', { a: '1' })
    },
  },
  {
    title: 'the end of one that leaves its objects',
    files: { 'clusters/prod/orphans.yaml': null },
    async holds(cluster) {
      await isGone(cluster, { kind: 'Kustomization', namespace: flux, name: 'orphans' })
      await says(cluster, 'orphan', { a: '1' })
    },
  },
  {
    title: 'force, and a Job',
    files: {
      'clusters/prod/forced.yaml': documents(
        kustomization('forced', { path: './forced', force: true }),
      ),
      'forced/job.yaml': job('1'),
    },
    holds: (cluster) => shows(cluster, { kind: 'Job', namespace: 'shop', name: 'migrate' }),
  },
  {
    title: 'force, and a change that the API server takes by no update',
    files: { 'forced/job.yaml': job('2') },
    holds: (cluster) =>
      shows(
        cluster,
        { kind: 'Job', namespace: 'shop', name: 'migrate' },
        {
          spec: { template: { spec: { containers: [{ image: 'registry.example.com/m:2' }] } } },
        },
      ),
  },
  {
    title: 'the same asked for by the object itself',
    files: {
      'clusters/prod/forced.yaml': documents(kustomization('forced', { path: './forced' })),
      'forced/job.yaml': job('3').replace(
        'namespace: shop}',
        'namespace: shop, annotations: {kustomize.toolkit.fluxcd.io/force: enabled}}',
      ),
    },
    holds: (cluster) =>
      shows(
        cluster,
        { kind: 'Job', namespace: 'shop', name: 'migrate' },
        {
          spec: { template: { spec: { containers: [{ image: 'registry.example.com/m:3' }] } } },
        },
      ),
  },
  {
    title: 'the end of a Kustomization that waits until its objects are gone',
    files: {
      'clusters/prod/forced.yaml': documents(
        kustomization('forced', { path: './forced', deletionPolicy: 'WaitForTermination' }),
      ),
    },
  },
  {
    title: 'and then its removal',
    files: { 'clusters/prod/forced.yaml': null },
    holds: (cluster) => isGone(cluster, { kind: 'Kustomization', namespace: flux, name: 'forced' }),
  },
]
