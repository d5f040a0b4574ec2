import { grantKind } from '../core/breakglass/grant.ts'
import { bypassActor } from '../core/breakglass/post-mortem-bypass.ts'
import { stringAt, type JsonObject } from '../core/manifest/json.ts'
import type { Log } from '../telemetry/log.ts'
import type { Api } from './api.ts'
import { createDiscovery } from './discovery.ts'
import { KindWatch } from './watch-kind.ts'
import { watchTiming } from './watch-state.ts'
import { storeKey } from './watch-store.ts'

/** The PostMortems of a cluster, as a watch last had them. */
export interface PostMortems {
  get(name: string): JsonObject | undefined
  /** Resolves when no connection of it is open any more. */
  stop(): Promise<void>
}

export interface PostMortemsOptions {
  readonly api: Api
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
  /** Told of the grant of each that comes or changes. */
  readonly onChange: (grant: string) => void
  /** Told of the name of each without a grant that comes, changes or goes. */
  readonly onBypass?: (name: string) => void
}

/** Watches from now on. */
export function openPostMortems(options: PostMortemsOptions): PostMortems {
  const { api, now, log, onChange, onBypass = () => undefined } = options
  const stopping = new AbortController()
  const watch = new KindWatch({
    api,
    now,
    log,
    kind: { group: grantKind.group, kind: 'PostMortem' },
    discovery: createDiscovery(api),
    keep: (object) => object,
    isMetadataOnly: false,
    timing: watchTiming,
    onChange: (changes) => {
      for (const { before, after } of changes) {
        const grant = stringAt(after, 'spec', 'grant')
        if (grant !== undefined) onChange(grant)
        const own = after ?? before
        if (bypassActor(own) !== undefined) onBypass(stringAt(own, 'metadata', 'name') ?? '')
      }
    },
  })
  const ended = watch.run(stopping.signal)
  return {
    get: (name) => watch.store.get(storeKey('', name)),
    async stop() {
      stopping.abort()
      await ended
    },
  }
}
