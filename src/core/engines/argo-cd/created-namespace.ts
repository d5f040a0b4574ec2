import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'

/**
 * The namespace that Argo CD creates before it applies anything. It carries no tracking id, and is
 * never pruned.
 */
export function created(syncPolicy: Json, namespace: string): readonly JsonObject[] {
  const options = at(syncPolicy, 'syncOptions')
  const isAsked = Array.isArray(options) && options.includes('CreateNamespace=true')
  if (!isAsked || namespace === '') return []
  const metadata = { name: namespace, ...managed(at(syncPolicy, 'managedNamespaceMetadata')) }
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata }]
}

/** Managed metadata is applied by the server, and says so on the namespace. */
function managed(metadata: Json | undefined): JsonObject {
  if (!isJsonObject(metadata)) return {}
  const { labels = null, annotations = null } = metadata
  const own = { 'argocd.argoproj.io/sync-options': 'ServerSideApply=true' }
  return {
    ...(isJsonObject(labels) ? { labels } : {}),
    annotations: { ...(isJsonObject(annotations) ? annotations : {}), ...own },
  }
}
