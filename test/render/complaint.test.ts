import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { placeIn, sayableLine } from '../../src/render/complaint.ts'

const tree = '/tmp/x/tree'

describe('what a renderer complains of', () => {
  const said: readonly (readonly [string, string])[] = [
    [
      'Error: loading KV pairs: literal sources [hunter2]: invalid literal source hunter2, expected key=value',
      'loading KV pairs: literal sources',
    ],
    [
      "Error: missing metadata.name in object {{v1 Secret} {{ } map[] map[hunter2:x]}}': must build",
      'missing metadata.name in object',
    ],
    [
      'Error: yaml: unmarshal errors: cannot unmarshal !!str `hunter2` into map',
      'yaml: unmarshal errors: cannot unmarshal !!str',
    ],
    [
      'Error: strconv.Atoi: parsing "hunter2": invalid syntax',
      'strconv.Atoi: parsing …: invalid syntax',
    ],
    ['Error: a text "hunter2 that never ends', 'a text'],
    [
      String.raw`Error: error during tpl function execution for "a \"hunter2\" {{ b": bad`,
      'error during tpl function execution for …: bad',
    ],
    [
      "Error: at <.Values.password>: range can't iterate over hunter2",
      "at <.Values.password>: range can't iterate over …",
    ],
    [
      'Error: options.index 5 is out of bounds for value hunter2: bad',
      'options.index 5 is out of bounds for value …',
    ],
    ['Error: node a.b is not a string: hunter2', 'node a.b is not a string: …'],
    ['WARN hunter2\nError: the cause\nhunter2', 'the cause'],
    [
      'Error: no matches for Id Secret.v1.[noGrp]/zz.[noNs]; failed to find Deployment.v1.apps/api.pay',
      'no matches for Id Secret zz; failed to find Deployment api',
    ],
    [
      `Error: lstat ${tree}/prod/a.yaml: no such file in ${tree}`,
      'lstat prod/a.yaml: no such file in .',
    ],
    ['\n', 'it does not say why'],
  ]
  for (const [complaint, line] of said) {
    test(`is told as: ${line}`, () => {
      assert.equal(sayableLine(complaint, tree), line)
    })
  }

  test('is cut, and is one printable line', () => {
    const line = sayableLine(`Error: ${'é\u001b[2J\u202e '.repeat(5)}${'x'.repeat(400)}`, tree)
    assert.match(line, /^[\x20-\x7e]*$/)
    assert.equal(sayableLine('x'.repeat(400), tree).length, 301)
  })

  const files = ['base/a.yaml', 'prod/a.yaml', 'prod/b.yaml']
  const places: readonly (readonly [string, string])[] = [
    ["from 'prod/b.yaml': yaml: line 7: bad", 'prod/b.yaml:7'],
    ["from '../base': from 'a.yaml': bad", 'base/a.yaml:1'],
    ['line 9: bad', 'main:1'],
    ['from other.yaml: line 9: bad', 'main:1'],
  ]
  for (const [complaint, place] of places) {
    test(`is about ${place}: ${complaint}`, () => {
      const { file, line } = placeIn(complaint, files, 'main')
      assert.equal(`${file}:${line}`, place)
    })
  }
})
