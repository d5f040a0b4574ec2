import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { objectsIn, withDocument, withoutObject } from '../../../src/core/promote/manifest-file.ts'
import { changed, put } from './changing.ts'

describe('what is shared', () => {
  const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'

  test('an alias gives way to the value, and what it names stays', () => {
    const file = `${head}data:\n  x: &one "1" # here\n  w: *one # there\n`
    assert.equal(
      changed(file, 'a', (object) => put(object, 'data/w', '2')),
      file.replace('*one', '"2"'),
    )
  })

  test('a value that others name is not changed for all of them', () => {
    const file = `${head}data:\n  x: &one "1"\n  w: *one\n`
    assert.match(
      changed(file, 'a', (object) => put(object, 'data/x', '2')),
      /^refused: .*YAML anchors/,
    )
  })

  test('a value that nobody names keeps its anchor', () => {
    const file = `${head}data:\n  x: &one "1"\n`
    assert.equal(
      changed(file, 'a', (object) => put(object, 'data/x', '2')),
      file.replace('"1"', '"2"'),
    )
  })

  test('what a map below an alias says is refused', () => {
    const file = `${head}one: &m {a: b}\ntwo: *m\n`
    assert.match(
      changed(file, 'a', (object) => put(object, 'two', { a: 'c' })),
      /^apiVersion|^refused/,
    )
  })

  test('what only YAML 1.1 knows is no object that could be changed', () => {
    assert.deepEqual(objectsIn(`${head}base: &b {a: b}\ndata:\n  <<: *b\n`), [])
    assert.deepEqual(objectsIn(`${head}data: {a: b}\ndata: {a: b}\n`), [])
  })

  test('a document that cannot be read keeps no other from being changed', () => {
    const file = `data:\n  <<: *b\n---\n${head}data: {k: v}\n`
    assert.equal(
      changed(file, 'a', (object) => put(object, 'data/k', 'w')),
      file.replace('k: v', 'k: w'),
    )
  })
})

describe('an object goes', () => {
  const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`
  const without = (file: string, name: string) => {
    const target = objectsIn(file).find((one) => one.name === name)
    assert.ok(target !== undefined)
    const result = withoutObject(file, target)
    return result.kind === 'text' ? result.text : result.kind
  }

  test('with its document and one separator', () => {
    const file = `# head\n---\n${map('a')}---\n# about b\n${map('b')}---\n${map('c')}`
    assert.equal(without(file, 'a'), `# head\n---\n# about b\n${map('b')}---\n${map('c')}`)
    assert.equal(without(file, 'b'), `# head\n---\n${map('a')}---\n${map('c')}`)
    assert.equal(without(file, 'c'), `# head\n---\n${map('a')}---\n# about b\n${map('b')}`)
    assert.equal(without(`${map('a')}---\n${map('b')}`, 'a'), map('b'))
  })

  test('with the file, when it was the last', () => {
    assert.equal(without(`# head\n---\n${map('a')}---\n`, 'a'), 'nothing')
  })

  test('from a list', () => {
    const file = `apiVersion: v1\nkind: List\nitems:\n- ${map('a').replaceAll('\n', '\n  ').trimEnd()}\n- ${map('b').replaceAll('\n', '\n  ').trimEnd()}\n`
    assert.equal(
      without(file, 'a'),
      `apiVersion: v1\nkind: List\nitems:\n- ${map('b').replaceAll('\n', '\n  ').trimEnd()}\n`,
    )
  })
})

describe('an object comes', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['to an empty file', '', 'kind: A\n'],
    ['behind another', 'kind: B\n', 'kind: B\n---\nkind: A\n'],
    ['behind a separator', 'kind: B\n---\n', 'kind: B\n---\nkind: A\n'],
    ['with the line ends of the file', 'kind: B\r\n', 'kind: B\r\n---\r\nkind: A\r\n'],
    ['without a newline at the end', 'kind: B', 'kind: B\n---\nkind: A'],
  ]
  for (const [title, file, expected] of cases) {
    test(title, () => {
      assert.deepEqual(withDocument(file, 'kind: A\n'), { kind: 'text', text: expected })
    })
  }

  test('but not to JSON', () => {
    assert.equal(withDocument('{"kind": "B"}', 'kind: A\n').kind, 'refused')
  })
})
