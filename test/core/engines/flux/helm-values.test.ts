import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readValues } from '../../../../src/core/engines/flux/helm-values.ts'
import type { Json, JsonObject } from '../../../../src/core/manifest/json.ts'
import { configMap, found, helmRelease, secret } from './objects.ts'

function read(
  values: Json,
  valuesFrom: readonly JsonObject[],
  objects: readonly JsonObject[] = [],
) {
  return readValues(helmRelease({ spec: { values, valuesFrom } }), found(...objects))
}

function valuesOf(
  values: Json,
  valuesFrom: readonly JsonObject[],
  objects: readonly JsonObject[] = [],
): unknown {
  const answer = read(values, valuesFrom, objects)
  return answer.kind === 'known' ? structuredClone(answer.value) : assert.fail(answer.why)
}

function whyNot(
  values: Json,
  valuesFrom: readonly JsonObject[],
  objects: readonly JsonObject[] = [],
): string {
  const answer = read(values, valuesFrom, objects)
  return answer.kind === 'known' ? assert.fail('it has values') : `${answer.kind}: ${answer.why}`
}

const base = { kind: 'ConfigMap', name: 'base' }
const holding = (data: JsonObject) => configMap('base', data, 'web')

describe('the values of a HelmRelease', () => {
  test('are its own over those of later objects over those of earlier ones', () => {
    const values = valuesOf(
      { a: { own: 1 }, list: [3] },
      [base, { kind: 'Secret', name: 'keys', valuesKey: 'v' }],
      [
        holding({ 'values.yaml': 'a: {own: 0, base: 1, both: base}\nlist: [1, 2]\nb: {x: 1}' }),
        secret('keys', { v: '{"a": {"both": "keys"}, "b": "flat"}' }, 'web'),
      ],
    )
    assert.deepEqual(values, { a: { own: 1, base: 1, both: 'keys' }, list: [3], b: 'flat' })
  })

  test('may be null, which takes a default of the chart away', () => {
    assert.deepEqual(valuesOf({ a: null }, []), { a: null })
    const values = valuesOf({ a: null }, [base], [holding({ 'values.yaml': 'a: {b: 1}' })])
    assert.deepEqual(values, { a: null })
  })

  test('are none of an empty text', () => {
    for (const text of ['', '# nothing', 'null']) {
      assert.deepEqual(valuesOf({}, [base], [holding({ 'values.yaml': text })]), {})
    }
  })

  test('of what may be missing are left out', () => {
    const optional = { ...base, optional: true }
    assert.deepEqual(valuesOf({ a: 1 }, [optional]), { a: 1 })
    assert.deepEqual(valuesOf({ a: 1 }, [optional], [holding({ other: 'b: 1' })]), { a: 1 })
    assert.match(whyNot({}, [base]), /^none: ConfigMap web\/base does not exist/)
    assert.match(whyNot({}, [base], [holding({ other: 'b: 1' })]), /^none: .*lacks a key/)
  })

  test('may have the names of what every object has', () => {
    const values = valuesOf({}, [base], [holding({ 'values.yaml': '__proto__: {a: 1}' })])
    assert.deepEqual(Object.entries(values ?? {}), [['__proto__', { a: 1 }]])
    assert.equal(({} as { a?: unknown }).a, undefined)
  })

  const refused: readonly (readonly [string, Json, readonly JsonObject[], JsonObject, RegExp])[] = [
    ['a list', ['a'], [], {}, /spec\.values is no map/],
    ['a text', 'a: 1', [], {}, /spec\.values is no map/],
    ['a list in a ConfigMap', {}, [base], { 'values.yaml': '- a' }, /line 1 .*not an object/],
    ['broken YAML', {}, [base], { 'values.yaml': 'a: {b' }, /valuesFrom: line/],
    ['YAML of two minds', {}, [base], { 'values.yaml': 'a: 1\nb: yes' }, /line 2/],
    ['two documents', {}, [base], { 'values.yaml': 'a: 1\n---\nb: 2' }, /first document alone/],
    ['another kind', {}, [{ kind: 'Pod', name: 'base' }], {}, /neither/],
    ['a field of a later Flux', {}, [{ ...base, merge: 'deep' }], {}, /does not have: merge/],
    ['a key that is no text', {}, [{ ...base, valuesKey: 1 }], {}, /form that Flux takes/],
    ['a literal that is no flag', {}, [{ ...base, literal: 'true' }], {}, /form that Flux takes/],
  ]
  for (const [title, values, valuesFrom, data, why] of refused) {
    test(`are refused with ${title}`, () => {
      const answer = whyNot(values, valuesFrom, [holding(data)])
      assert.match(answer, /^refused: /)
      assert.match(answer, why)
    })
  }

  test('never stand in what is said about them', () => {
    const answer = whyNot(
      {},
      [{ kind: 'Secret', name: 'keys' }],
      [secret('keys', { 'values.yaml': 'password: hunter2\nb: [hunter2' }, 'web')],
    )
    assert.doesNotMatch(answer, /hunter2/)
  })
})

describe('a value at a targetPath', () => {
  const at = (targetPath: string, text: string, own: JsonObject = {}, more: JsonObject = {}) =>
    [own, [{ ...base, valuesKey: 'v', targetPath, ...more }], [holding({ v: text })]] as const

  // What github.com/fluxcd/pkg/chartutil v1.27.1 made of it.
  const typed: readonly (readonly [string, string | number | boolean | null])[] = [
    ['text', 'text'],
    ['', ''],
    ['5', 5],
    ['-5', -5],
    ['+5', 5],
    ['0', 0],
    ['007', '007'],
    ['1.5', '1.5'],
    ['1_0', '1_0'],
    ['-999999', -999999],
    ['99999999999999999999', '99999999999999999999'],
    ['true', true],
    ['TRUE', true],
    ['False', false],
    ['falſe', false],
    ['Null', null],
    ['"5"', '5'],
    ["'true'", 'true'],
    [`"'x'"`, 'x'],
    ['"', ''],
    ['a=b', 'a=b'],
    ['[1]', '[1]'],
    ['a: b', 'a: b'],
    ['two\nlines', 'two\nlines'],
    [' x', ' x'],
  ]
  for (const [text, expected] of typed) {
    test(`is the ${typeof expected} ${String(expected)} for ${JSON.stringify(text)}`, () => {
      assert.deepEqual(valuesOf(...at('a.b', text)), { a: { b: expected } })
    })
  }

  const several = ['a,b', '{a,b}', '{', 'a\\,b', 'x\\', '"a,b"']
  for (const text of several) {
    test(`is refused for ${text}, unless it is literal`, () => {
      assert.match(whyNot(...at('a', text)), /^refused: .*literal: true/)
      assert.deepEqual(valuesOf(...at('a', text, {}, { literal: true })), { a: text })
    })
  }

  for (const text of ['1000000', '-1000000', '9007199254740993']) {
    test(`is refused for ${text}, which templates print as it is here alone`, () => {
      assert.match(whyNot(...at('a', text)), /^refused: a number .*literal: true/)
    })
  }

  test('is a text if it is literal', () => {
    assert.deepEqual(valuesOf(...at('a', '5', {}, { literal: true })), { a: '5' })
    assert.deepEqual(valuesOf(...at('a', '"5"', {}, { literal: true })), { a: '"5"' })
  })

  test('may have a dot in a name', () => {
    assert.deepEqual(valuesOf(...at('a.b\\.c/d.e', 'x')), { a: { 'b.c/d': { e: 'x' } } })
  })

  test('stands over what the HelmRelease says, but not at the top', () => {
    assert.deepEqual(valuesOf(...at('a.b', 'x', { a: { b: 'own', c: 1 } })), {
      a: { b: 'x', c: 1 },
    })
    assert.deepEqual(valuesOf(...at('a', 'x', { a: 'own' })), { a: 'own' })
  })

  test('stands under what the HelmRelease says where values of both were merged', () => {
    const [own, from] = at('a.b', 'x', { a: { b: 'own' } })
    const objects = [holding({ v: 'x', 'values.yaml': 'a: {c: 1}' })]
    assert.deepEqual(valuesOf(own, [base, ...from], objects), { a: { b: 'own', c: 1 } })
  })

  for (const path of [
    'a[0]',
    'a..b',
    '.a',
    'a.',
    'a\\',
    'a b',
    'a,b',
    'a=b',
    'x.'.repeat(30) + 'x',
  ]) {
    test(`is refused at ${path.slice(0, 20)}`, () => {
      assert.match(whyNot(...at(path, 'x')), /^refused: a targetPath/)
    })
  }

  for (const own of [{ a: 'flat' }, { a: null }, { a: ['x'] }]) {
    test(`is refused through ${JSON.stringify(own)}`, () => {
      assert.match(whyNot(...at('a.b', 'x', own)), /^refused: .*no map/)
    })
  }

  test('changes nothing of the HelmRelease itself', () => {
    const own = { a: { b: 'own' } }
    valuesOf(...at('a.b', 'x', own))
    assert.deepEqual(own, { a: { b: 'own' } })
  })
})
