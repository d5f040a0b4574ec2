import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { stringAt } from '../../src/core/manifest/json.ts'
import type { Api } from '../../src/kubernetes/api.ts'
import { watchTiming, type WatchState, type WatchTiming } from '../../src/kubernetes/watch-state.ts'
import {
  createEngineWatch,
  type EngineObjectChange,
  type EngineWatch,
} from '../../src/kubernetes/watch.ts'
import { createLogTo } from '../../src/telemetry/log.ts'
import { gadgets } from './gadget-server.ts'

export interface OpenWatch {
  readonly watch: EngineWatch
  /** `added a 101` */
  readonly changes: string[]
  readonly log: string[]
  /** Names with versions, in order. */
  readonly shown: () => readonly string[]
  readonly state: () => WatchState
}

const quick: WatchTiming = { ...watchTiming, firstDelayMs: 5, longestDelayMs: 20 }

/** A watch of gadgets, which ends with the test. */
export function openWatch(
  t: Pick<TestContext, 'after'>,
  api: Api,
  { kinds = [gadgets], timing = {} }: Partial<Opening> = {},
): OpenWatch {
  const changes: string[] = []
  const log: string[] = []
  const watch = createEngineWatch({
    api,
    now: Date.now,
    log: createLogTo({ write: (line) => void log.push(line) }, { level: 'debug', now: Date.now }),
    timing: { ...quick, ...timing },
  })
  t.after(() => watch.stop())
  watch.onChange((change) => {
    changes.push(describe(change))
  })
  void watch.follow(kinds)
  const [first = gadgets] = kinds
  return {
    watch,
    changes,
    log,
    shown: () =>
      watch
        .list(first)
        .map((one) => `${stringAt(one, 'metadata', 'name')} ${versionIn(one)}`)
        .toSorted(),
    state: () => watch.states()[0] ?? assert.fail('nothing is watched'),
  }
}

interface Opening {
  readonly kinds: readonly { readonly group: string; readonly kind: string }[]
  readonly timing: Partial<WatchTiming>
}

function describe({ kind, reference, before, after }: EngineObjectChange): string {
  return `${kind} ${reference.name} ${versionIn(after ?? before)}`
}

function versionIn(object: EngineObjectChange['after']): string {
  return stringAt(object, 'metadata', 'resourceVersion') ?? ''
}
