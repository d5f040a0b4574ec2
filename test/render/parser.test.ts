import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { Parser, type ParserOptions } from '../../src/render/parser.ts'

function startParser(t: TestContext, options: Partial<ParserOptions> = {}): Parser {
  const parser = new Parser({
    fileMs: 60_000,
    heapMb: 256,
    idleMs: 60_000,
    ...options,
  })
  t.after(() => parser.stop())
  return parser
}

const pod = {
  reader: 'manifests',
  bytes: Buffer.from('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n'),
  options: { key: 'default', namespace: 'default' },
} as const

describe('the parsing thread', () => {
  test('a file that needs too much memory ends the thread, and the next file gets a new one', async (t) => {
    const parser = startParser(t, { heapMb: 32 })
    const huge = Buffer.from(`a: [${'{b: c}, '.repeat(400_000)}]`)
    const first = await parser.parse(pod)
    const second = await parser.parse({ ...pod, bytes: huge })
    const third = await parser.parse({ ...pod, options: { key: 'pay', namespace: 'pay' } })
    assert.deepEqual([first.kind, second.kind, third.kind], ['read', 'killed', 'read'])
    assert.ok(third.kind === 'read')
    assert.equal(third.reading.objects[0]?.places[0]?.namespace, 'pay')
  })

  test('a thread that ended for want of work is started again', async (t) => {
    const parser = startParser(t, { idleMs: 1 })
    for (let i = 0; i < 3; i += 1) {
      assert.equal((await parser.parse(pod)).kind, 'read')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })

  test('stopping fails the files under way and all later ones', async (t) => {
    const parser = startParser(t)
    const running = parser.parse(pod)
    const failed = assert.rejects(running, { code: 'RenderFailed' })
    await parser.stop()
    await assert.rejects(parser.parse(pod), { code: 'RenderFailed' })
    await failed
  })

  test('a thread that cannot start is a failure, not an unreadable file', async (t) => {
    const parser = startParser(t, { worker: new URL('./missing.ts', import.meta.url) })
    await assert.rejects(parser.parse(pod), { code: 'RenderFailed' })
  })
})
