import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { whyHidden } from '../../../src/core/breakglass/diff-hidden.ts'
import { parseFieldPattern } from '../../../src/core/manifest/field-path.ts'
import { at } from '../../../src/core/manifest/json.ts'
import { call } from '../breakglass/calling.ts'
import { consoleOf } from '../breakglass/console.ts'
import {
  begin,
  caughtUp,
  grantWith,
  postMortemName,
  postMortemWith,
  resolved,
  scaled,
  scaleNow,
  scalePath,
  startGround,
} from './ground.ts'

const begins = await startGround()
const page = readFileSync(
  path.join(import.meta.dirname, '..', '..', '..', 'docs', 'break-glass.md'),
  'utf8',
)
const [, section = ''] = /^## Look back\n([^]*?)^## /m.exec(page) ?? []

describe('docs/break-glass.md, looking back', () => {
  const cluster = begins()
  cluster.grants.put(grantWith([resolved(scaled)]))
  cluster.postMortems.set(postMortemName, postMortemWith([resolved(scaled)], caughtUp))
  cluster.objects = { [scalePath]: scaleNow(5) }

  const steps = consoleOf(section.replaceAll('```text', '```console'))
  for (const { command, output } of steps) {
    test(`shows what this prints: ${command.slice(0, 60)}`, async () => {
      const [, words = ''] = /^kubectl breakglass (.*)$/.exec(command) ?? []
      const args = [...words.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word)
      const { code, out, err } = await call(cluster, args, { now: () => begin })
      assert.equal(code, 0, err)
      assert.equal(err + out, output.replace(/\n\n$/, '\n'))
    })
  }

  test('has the three commands', () => {
    assert.equal(steps.length, 3)
  })

  test('and a way of saying where the page is, that the holder may take', () => {
    const [, body = ''] = /-p '(\{.*?\})'/.exec(section) ?? []
    const { spec } = JSON.parse(body) as { spec: { review: Record<string, string> } }
    assert.deepEqual(Object.keys(spec.review), ['by', 'link'])
    const [, written = ''] = /postmortem show NAME (-o \w+)/.exec(section) ?? []
    assert.equal(written, '-o markdown')
  })

  test('names words that hide what they name', () => {
    const [, list = ''] = /called like a secret \(([^)]*)\)/.exec(section) ?? []
    const words = [...list.matchAll(/`(\w+)`/g)].map(([, word = '']) => word)
    assert.ok(words.length >= 4)
    for (const word of words) {
      const place = { group: '', resource: 'configmaps', field: parseFieldPattern(`data.${word}`) }
      assert.equal(whyHidden(place, 'x'), 'Confidential', word)
    }
    assert.equal(at(scaled, 'diffTruncated'), undefined)
  })
})
