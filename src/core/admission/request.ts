import type { Json, JsonObject } from '../manifest/json.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

interface GroupVersionKind {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
}

export interface GroupVersionResource {
  readonly group: string
  readonly version: string
  readonly resource: string
}

/** Whom the API server authenticated, or whom an impersonator claims to be: nobody can tell here. */
export interface UserInfo {
  readonly username: string
  /** Empty when the authenticator gave none. */
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: ReadonlyMap<string, readonly string[]>
}

/** The request of an `admission.k8s.io/v1` AdmissionReview, checked once at the door. */
export interface AdmissionRequest {
  /** New for every call of the webhook: never a key for anything. */
  readonly uid: string
  readonly kind: GroupVersionKind
  readonly resource: GroupVersionResource
  /** Empty for the main resource. */
  readonly subresource: string
  /** Falls back to `oldObject.metadata.name`: deletecollection sends no name. */
  readonly name: string
  /** Empty for cluster-scoped objects; a Namespace belongs to itself. */
  readonly namespace: string
  readonly operation: Operation
  readonly user: UserInfo
  readonly object: JsonObject | null
  readonly oldObject: JsonObject | null
  readonly options: Json
  readonly dryRun: boolean
}

/** `deployments.apps/scale`, as policies and messages write it. */
export function resourceName(request: Pick<AdmissionRequest, 'resource' | 'subresource'>): string {
  const { group, resource } = request.resource
  const main = group === '' ? resource : `${resource}.${group}`
  return request.subresource === '' ? main : `${main}/${request.subresource}`
}
