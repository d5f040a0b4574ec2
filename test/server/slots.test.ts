import assert from 'node:assert/strict'
import test from 'node:test'
import { Slots } from '../../src/server/slots.ts'

const never = new AbortController().signal

test('slots are taken up to the capacity and come back', () => {
  const slots = new Slots({ capacity: 2, reserved: 0, queue: 1 })
  assert.deepEqual(
    [slots.tryTake('other'), slots.tryTake('other'), slots.tryTake('other')],
    [true, true, false],
  )
  slots.release()
  assert.equal(slots.tryTake('other'), true)
})

test('who waits gets the next slot, in order', async () => {
  const slots = new Slots({ capacity: 1, reserved: 0, queue: 2 })
  slots.tryTake('other')
  const order: string[] = []
  const waits = ['first', 'second'].map(async (name) => {
    assert.equal(await slots.wait('other', never), 'taken')
    order.push(name)
  })
  assert.equal(slots.waiting, 2)
  assert.equal(await slots.wait('other', never), 'full')
  slots.release()
  slots.release()
  await Promise.all(waits)
  assert.deepEqual(order, ['first', 'second'])
})

test('nobody passes those who wait, except our own accounts', () => {
  const slots = new Slots({ capacity: 3, reserved: 1, queue: 4 })
  slots.tryTake('other', 1)
  void slots.wait('other', never, 2)
  assert.equal(slots.tryTake('other'), false)
  assert.equal(slots.tryTake('own'), true)
})

test('what is reserved is for our own accounts only, in the queue too', async () => {
  const slots = new Slots({ capacity: 2, reserved: 1, queue: 2 })
  assert.equal(slots.tryTake('other'), true)
  assert.equal(slots.tryTake('other'), false)
  assert.equal(slots.tryTake('own'), true)
  void slots.wait('other', never)
  assert.equal(await slots.wait('other', never), 'full')
  const own = slots.wait('own', never)
  assert.equal(slots.waiting, 2)
  slots.release()
  assert.equal(await own, 'taken')
})

test('who gives up leaves the queue to those behind', async () => {
  const slots = new Slots({ capacity: 4, reserved: 0, queue: 4 })
  slots.tryTake('other', 3)
  const heavy = new AbortController()
  const first = slots.wait('other', heavy.signal, 2)
  const second = slots.wait('other', never, 1)
  heavy.abort()
  assert.deepEqual([await first, await second], ['cancelled', 'taken'])
  assert.deepEqual([slots.taken, slots.waiting], [4, 0])
})

test('a signal that has aborted already waits for nothing', async () => {
  const slots = new Slots({ capacity: 1, reserved: 0, queue: 1 })
  slots.tryTake('other')
  assert.equal(await slots.wait('other', AbortSignal.abort()), 'cancelled')
  assert.equal(slots.waiting, 0)
})

test('a signal that aborts after the slot was taken changes nothing', async () => {
  const slots = new Slots({ capacity: 1, reserved: 0, queue: 1 })
  slots.tryTake('other')
  const controller = new AbortController()
  const wait = slots.wait('other', controller.signal)
  slots.release()
  controller.abort()
  assert.equal(await wait, 'taken')
  assert.equal(slots.taken, 1)
})
