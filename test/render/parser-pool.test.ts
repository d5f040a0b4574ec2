import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ParserPool, type Urgency } from '../../src/render/parser-pool.ts'

/** A file whose reading ends when the test says so. */
class GatedFile {
  readonly #gate = new Int32Array(new SharedArrayBuffer(8))

  get bytes(): Uint8Array {
    return new Uint8Array(this.#gate.buffer)
  }

  get isBegun(): boolean {
    return this.#gate[1] === 1
  }

  async begun(): Promise<void> {
    while (!this.isBegun) await sleep(5)
  }

  open(): void {
    Atomics.store(this.#gate, 0, 1)
    Atomics.notify(this.#gate, 0)
  }
}

interface Setup {
  readonly file: (isOpen?: boolean) => GatedFile
  /** How the reading ended, also in `ended`, in the order in which files did. */
  readonly parse: (name: string, file: GatedFile, urgency?: Urgency) => Promise<string>
  readonly ended: string[]
  readonly pool: ParserPool
}

function setUp(t: TestContext, size: number, fileMs = 60_000): Setup {
  const worker = new URL('./gated-worker.ts', import.meta.url)
  const pool = new ParserPool(size, { worker, fileMs, heapMb: 64, idleMs: 60_000 })
  t.after(() => pool.stop())
  const ended: string[] = []
  return {
    file: (isOpen = true) => {
      const file = new GatedFile()
      if (isOpen) file.open()
      return file
    },
    parse: async (name, { bytes }, urgency = 'index') => {
      const options = { key: name, namespace: name }
      const parsed = await pool.parse({ reader: 'manifests', bytes, options }, urgency)
      if (parsed.kind === 'read') assert.deepEqual(parsed.reading.names, [name])
      ended.push(name)
      return parsed.kind
    },
    ended,
    pool,
  }
}

describe('the pool of parsers', () => {
  test('as many files are read at a time as there are threads', async (t) => {
    const { file, parse } = setUp(t, 2)
    const [first, second, third] = [file(false), file(false), file(false)]
    const results = [parse('a', first), parse('b', second), parse('c', third)]
    await Promise.all([first.begun(), second.begun()])
    assert.equal(third.isBegun, false)
    first.open()
    await third.begun()
    assert.equal(await results[0], 'read')
    second.open()
    third.open()
    assert.deepEqual(await Promise.all(results), ['read', 'read', 'read'])
  })

  test('a file that never ends fails alone, and its thread is replaced', async (t) => {
    const { file, parse, ended } = setUp(t, 2, 3000)
    const results = [parse('hostile', file(false)), parse('b', file()), parse('c', file())]
    assert.deepEqual(await Promise.all(results), ['killed', 'read', 'read'])
    assert.deepEqual(ended, ['b', 'c', 'hostile'])
    const both = [file(false), file(false)] as const
    const later = [parse('d', both[0]), parse('e', both[1])]
    await Promise.all(both.map((each) => each.begun()))
    for (const each of both) each.open()
    assert.deepEqual(await Promise.all(later), ['read', 'read'])
  })

  test('what a request waits for goes before what is indexed', async (t) => {
    const { file, parse, ended } = setUp(t, 1)
    const holding = file(false)
    const results = [
      parse('holding', holding),
      parse('a', file()),
      parse('b', file()),
      parse('asked', file(), 'request'),
    ]
    await holding.begun()
    holding.open()
    await Promise.all(results)
    assert.deepEqual(ended, ['holding', 'asked', 'a', 'b'])
  })

  test('stopping fails files under way, waiting ones and later ones', async (t) => {
    const { file, parse, pool } = setUp(t, 1)
    const holding = file(false)
    const failures = [parse('a', holding), parse('b', file())].map((result) =>
      assert.rejects(result, { code: 'RenderFailed' }),
    )
    await holding.begun()
    await pool.stop()
    await Promise.all(failures)
    await assert.rejects(parse('c', file()), { code: 'RenderFailed' })
  })
})
