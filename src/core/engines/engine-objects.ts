import type { JsonObject } from '../manifest/json.ts'
import type { EngineReference } from '../plans/plan.ts'

/** The engine objects of the cluster, as a watch last saw them. */
export interface EngineObjects {
  /** Of one kind, in all namespaces; empty where it is not served or not yet known. */
  list(kind: Pick<EngineReference, 'group' | 'kind'>): readonly JsonObject[]
  get(reference: EngineReference): JsonObject | undefined
  /**
   * One live read, never older than this call; `get` answers with it from then on. Undefined if there
   * is none. Rejects with ClusterUnreachable. Not only engine objects: any kind that our account may read.
   */
  read(reference: EngineReference, signal: AbortSignal): Promise<JsonObject | undefined>
}
