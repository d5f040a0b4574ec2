import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lookAfter, type UseRound } from '../../../src/cli/controller/use-round.ts'
import type { LiveTarget } from '../../../src/core/breakglass/live-target.ts'
import { commitA, commitB } from '../../fakes/git.ts'
import {
  begun,
  declaring,
  found,
  groundOf,
  id,
  manifest,
  minute,
  now,
  stored,
  updated,
  used,
} from '../../core/breakglass/tracking.ts'
import { write } from '../../core/breakglass/writes.ts'

const live = found(stored({ replicas: 5 }))
const tips = [{ repository: 'fleet', branch: 'main', commit: commitB }]
const scaled = updated({ replicas: 3 }, { replicas: 5 }, { state: 'Admitted', tips })
const five = declaring(manifest({ replicas: 5 }))

function round(given: Partial<UseRound> = {}, object: LiveTarget = live): UseRound {
  const read = () => Promise.resolve(object)
  return { read, ground: groundOf({ git: five }), others: () => [scaled], now, ...given }
}

const unread = () => Promise.reject(new Error('nobody should read it'))

describe('a look after a use', () => {
  test('finds out whether it was stored, and what has become of it, at once', async () => {
    const { state, confirmedAt, resolution, unnecessary, why } = await lookAfter(scaled, round())
    assert.deepEqual([state, typeof confirmedAt, why], ['Committed', 'string', undefined])
    assert.deepEqual([resolution?.kind, resolution?.commit], ['Promoted', commitA])
    assert.equal(unnecessary, undefined)
  })

  test('says that it was unnecessary where Git said the same then', async () => {
    const objects = [{ id, object: manifest({ replicas: 5 }) }]
    const git = { ...five, declares: { [commitA]: objects, [commitB]: objects } }
    const { unnecessary } = await lookAfter(scaled, round({ ground: groundOf({ git }) }))
    assert.equal(unnecessary, true)
  })

  test('without mirrors finds out whether it was stored, and says why no more', async () => {
    const { state, resolution, why } = await lookAfter(scaled, round({ ground: 'no mirrors' }))
    assert.deepEqual([state, resolution, why], ['Committed', undefined, 'no mirrors'])
    const nothing = { ...scaled, state: 'NotCommitted' as const }
    const late = round({ ground: 'no mirrors', read: unread, now: begun + 10 * minute })
    assert.equal((await lookAfter(nothing, late)).resolution?.kind, 'NotCommitted')
  })

  test('reads nothing of what only people can judge, and takes their word from Git', async () => {
    const connect = {
      group: '',
      resource: 'pods',
      subresource: 'exec',
      operation: 'CONNECT',
    } as const
    const exec = used(write(connect), { grant: `bg-${'0'.repeat(36)}`, state: 'Admitted', tips })
    assert.match((await lookAfter(exec, round({ read: unread }))).why ?? '', /review/)
    const said = `bg-${'0'.repeat(36)} use 1: only ls`
    const git = { ...five, trailers: { [`${commitB}..${commitA}`]: [said] } }
    const { resolution, state } = await lookAfter(
      exec,
      round({ read: unread, ground: groundOf({ git }) }),
    )
    assert.deepEqual([state, resolution?.kind], ['Admitted', 'Waived'])
  })

  test('asks for the uses of others after it has read the object', async () => {
    const order: string[] = []
    const read = () => {
      order.push('read')
      return Promise.resolve(live)
    }
    const others = () => {
      order.push('others')
      return [scaled]
    }
    await lookAfter(scaled, round({ read, others }))
    assert.equal(order[0], 'read')
  })
})
