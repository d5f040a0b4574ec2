import type { JsonObject } from '../../src/core/manifest/json.ts'

// Applications as the commits of the tests have them.

/** Stands for the URL of the repository, which no test knows before its cluster is up. */
export const fleetUrl = 'https://fleet.example.invalid/fleet.git'

const follows = { repoURL: fleetUrl, targetRevision: 'main' }

/** A source of `fleet`, at the head of `main` unless it says otherwise. */
export function source(more: JsonObject): JsonObject {
  return { ...follows, ...more }
}

export interface ApplicationOptions {
  /** That of the source, or sources. */
  readonly source: JsonObject | readonly JsonObject[]
  /** Where it puts its objects; its own name by default. */
  readonly to?: string
  readonly syncOptions?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
  /** More of its spec. */
  readonly spec?: JsonObject
  readonly syncPolicy?: JsonObject
  readonly namespace?: string
}

/** Syncs by itself, prunes, heals, and takes its objects along when it goes. */
export function application(name: string, options: ApplicationOptions): JsonObject {
  const {
    to = name,
    syncOptions = ['CreateNamespace=true'],
    annotations,
    namespace = 'argocd',
  } = options
  const { source: given } = options
  const sources = Array.isArray(given)
    ? { sources: (given as readonly JsonObject[]).map(source) }
    : { source: source(given as JsonObject) }
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace,
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      project: 'default',
      destination: { server: 'https://kubernetes.default.svc', namespace: to },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions,
        ...options.syncPolicy,
      },
      ...sources,
      ...options.spec,
    },
  }
}
