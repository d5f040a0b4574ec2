import type { JsonObject } from '../manifest/json.ts'
import type { Policy } from '../policy/schema.ts'
import type { Served } from './served.ts'

/** What was asked of the API server; `unknown` names what could not be read, and why. */
export type Looked<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'unknown'; readonly what: string; readonly why: string }

/** One certificate of the bundle that the API server trusts us by. */
export interface BundleCertificate {
  readonly subject: string
  /** Epoch ms. */
  readonly notBefore: number
  readonly notAfter: number
}

/** All that is looked at in the cluster. */
export interface LookedAt {
  /** Minor version, such as `1.36`. */
  readonly version: string
  readonly served: Served
  readonly apiServices: readonly JsonObject[]
  /** Undefined: there is none. */
  readonly configuration: JsonObject | undefined
  readonly mutatingWebhooks: readonly JsonObject[]
  readonly mutatingPolicies: readonly JsonObject[]
  readonly mutatingBindings: readonly JsonObject[]
  readonly validatingPolicies: readonly JsonObject[]
  readonly validatingBindings: readonly JsonObject[]
  readonly namespaces: readonly JsonObject[]
  readonly roles: readonly JsonObject[]
  readonly clusterRoles: readonly JsonObject[]
  readonly roleBindings: readonly JsonObject[]
  readonly clusterRoleBindings: readonly JsonObject[]
  readonly definitions: readonly JsonObject[]
  /** In our namespace. */
  readonly endpointSlices: readonly JsonObject[]
  readonly lease: JsonObject | undefined
  /** Whether an operator has switched us off. */
  readonly isEmergency: boolean
}

export type ClusterFacts = { readonly [K in keyof LookedAt]: Looked<LookedAt[K]> }

/** What is known besides. */
export interface Ground {
  readonly namespace: string
  /** Name of our own webhook configuration. */
  readonly configurationName: string
  /** Undefined where none was given. */
  readonly policy: Policy | undefined
  /** Our webhook configuration as it was applied; undefined where it was not given. */
  readonly shipped: JsonObject | undefined
  /** Epoch ms, by the clock of the API server if possible. */
  readonly now: number
  /** PEM texts to certificates: only the edge knows X.509. Undefined: it cannot be read. */
  readonly certificatesOf: (pem: string) => readonly BundleCertificate[] | undefined
  /** Whether the defaults of that minor version were measured. */
  readonly isMeasured: (version: string) => boolean
}
