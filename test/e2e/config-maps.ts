import type { ApiRequest } from './requester.ts'

// ConfigMaps of the namespace `zoo`: what writers write in tests.

export const configMaps = '/api/v1/namespaces/zoo/configmaps'

/** As the file of a repository has it. */
export function manifest(name: string, value = '1', namespace = 'zoo'): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: ${namespace}}
data: {value: "${value}"}
`
}

export interface Said {
  readonly repo?: unknown
  readonly commit?: unknown
}

/** As a writer applies it, with where it says that it comes from. */
export function claimed(name: string, { repo = 'fleet', commit }: Said, value = '1') {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, annotations: annotations({ repo, commit }) },
    data: { value },
  }
}

export function annotations({ repo, commit }: Said): Readonly<Record<string, unknown>> {
  return {
    ...(repo === null ? {} : { 'solewriter.dev/repo': repo }),
    ...(commit === undefined ? {} : { 'solewriter.dev/commit': commit }),
  }
}

export function create(name: string, said: Said, query = '', value = '1'): ApiRequest {
  return { method: 'POST', path: `${configMaps}${query}`, body: claimed(name, said, value) }
}

export function remove(name: string): ApiRequest {
  return { method: 'DELETE', path: `${configMaps}/${name}` }
}
