import { claimed } from './config-maps.ts'

/** With where it says that it comes from. */
export function by<T extends { readonly metadata: object }>(commit: string, object: T) {
  const { annotations } = claimed('x', { commit }).metadata
  return { ...object, metadata: { ...object.metadata, annotations } }
}

export function template(name: string) {
  const spec = { containers: [{ name: 'main', image: 'example.com/a:1' }] }
  const metadata = { name, namespace: 'zoo' }
  return { apiVersion: 'v1', kind: 'PodTemplate', metadata, template: { spec } }
}

export function app(name: string) {
  const labels = { app: name }
  const spec = { containers: [{ name: 'main', image: 'example.com/a:1' }] }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'zoo' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec },
    },
  }
}

export function inThree<T>(all: readonly T[]): readonly [readonly T[], readonly T[], readonly T[]] {
  const third = Math.ceil(all.length / 3)
  return [all.slice(0, third), all.slice(third, 2 * third), all.slice(2 * third)]
}
