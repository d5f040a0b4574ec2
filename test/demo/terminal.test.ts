import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { attempts } from '../../demo/story.ts'
import { stripStyles, toSvg } from '../../demo/terminal-svg.ts'
import { createNarrator, wrap } from '../../demo/terminal.ts'

const pictured = ['alice-scale', 'ci-apply', 'ci-unmerged']

function written(tell: (narrator: ReturnType<typeof createNarrator>) => void, isTTY: boolean) {
  let text = ''
  const write = (part: string) => (text += part)
  tell(createNarrator({ write, isTTY, columns: 40 }, {}))
  return text
}

describe('long lines', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['are broken at a space', 'one two three', ['one two', 'three']],
    ['are broken anywhere where there is no space', 'abcdefghijkl', ['abcdefgh', 'ijkl']],
    ['that fit keep their columns', 'a   b', ['a   b']],
    ['keep what they are indented by', '  one two three', ['  one', 'two', 'three']],
  ]
  for (const [title, text, expected] of cases) {
    test(title, () => {
      assert.deepEqual(wrap(text, 8), expected)
    })
  }
})

describe('the narrator', () => {
  test('colours who acts, what is refused and what was checked, on a terminal only', () => {
    const tell = (narrator: ReturnType<typeof createNarrator>) => {
      narrator.command('alice', 'kubectl get pods')
      narrator.output('[HumanWrite] no')
      narrator.checked('refused')
    }
    const plain = '\n  alice $ kubectl get pods\n  [HumanWrite] no\n  ✓ refused\n'
    assert.equal(written(tell, false), plain)
    const coloured = written(tell, true)
    assert.notEqual(coloured, plain)
    assert.equal(stripStyles(coloured), plain)
  })

  test('puts progress in place of progress on a terminal, and removes it in the end', () => {
    const tell = (narrator: ReturnType<typeof createNarrator>) => {
      narrator.progress('one')
      narrator.progress('two')
      narrator.checked('up')
    }
    assert.equal(written(tell, false), '  one\n  two\n  ✓ up\n')
    assert.equal(
      stripStyles(written(tell, true)),
      '\r\u001B[K  one\r\u001B[K  two\r\u001B[K  ✓ up\n',
    )
  })
})

describe('the picture', () => {
  test('in the README shows the answers that the demo promises', () => {
    const docs = path.join(import.meta.dirname, '..', '..', 'docs')
    const svg = readFileSync(path.join(docs, 'demo.svg'), 'utf8')
    for (const { answer, reason } of attempts.filter(({ id }) => pictured.includes(id))) {
      assert.ok(svg.includes(`✓ ${answer}: ${reason}<`), `run node demo/picture.ts: ${reason}`)
    }
  })

  test('has each line of text, styled and escaped', () => {
    const svg = toSvg('\u001B[1m<b>\u001B[22m &\n\n\u001B[31mred\u001B[39m', 'a < b')
    assert.match(svg, /<title>a &lt; b<\/title>/)
    assert.match(svg, /<tspan font-weight="bold">&lt;b&gt;<\/tspan> &amp;<\/text>/)
    assert.match(svg, /<tspan fill="#[0-9a-f]{6}">red<\/tspan>/)
    assert.equal(svg.match(/<text /g)?.length, 2)
  })

  test('is refused for a style that it cannot show', () => {
    assert.throws(() => toSvg('\u001B[95mpink\u001B[39m', ''), /style 95/)
  })
})
