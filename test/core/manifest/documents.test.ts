import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { placeIn, readObjects } from '../../../src/core/manifest/documents.ts'
import { kindScope } from '../../../src/core/manifest/kind-scope.ts'
import { parseManifests } from '../../../src/core/manifest/parse.ts'

function read(text: string, namespace = 'default') {
  return readObjects(parseManifests(text), namespace)
}

const head = 'apiVersion: v1\nkind: ConfigMap\n'

describe('what a document is', () => {
  const accepted: readonly (readonly [string, string, readonly string[]])[] = [
    ['a namespaced object', `${head}metadata: {name: a, namespace: pay}`, ['/ConfigMap pay/a']],
    ['the default namespace', `${head}metadata: {name: a}`, ['/ConfigMap default/a']],
    [
      'an empty namespace counts as none',
      `${head}metadata: {name: a, namespace: ""}`,
      ['/ConfigMap default/a'],
    ],
    [
      'a cluster-scoped object',
      '{apiVersion: v1, kind: Node, metadata: {name: n1}}',
      ['/Node /n1'],
    ],
    [
      'a cluster-scoped object with a stray namespace',
      '{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "system:x", namespace: pay}}',
      ['rbac.authorization.k8s.io/ClusterRole /system:x'],
    ],
    [
      'a kind that only the cluster knows',
      '{apiVersion: x.io/v1, kind: W, metadata: {name: w}}',
      ['x.io/W default/w', 'x.io/W /w'],
    ],
    [
      'a kind that only the cluster knows, with a namespace',
      '{apiVersion: x.io/v1, kind: W, metadata: {name: w, namespace: pay}}',
      ['x.io/W pay/w'],
    ],
    [
      'a custom kind that is called a list but has no items',
      '{apiVersion: x.io/v1, kind: AllowList, metadata: {name: w, namespace: pay}}',
      ['x.io/AllowList pay/w'],
    ],
    ['an empty list', '{apiVersion: v1, kind: List, items: []}', []],
    [
      'a typed list',
      `apiVersion: v1\nkind: ConfigMapList\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: s}}\n- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: p}}]}`,
      ['/Secret default/s', '/Pod default/p'],
    ],
  ]
  for (const [title, text, expected] of accepted) {
    test(`${title} is read`, () => {
      const { objects, problems } = read(text)
      assert.deepEqual(problems, [])
      const found = objects.flatMap(({ group, kind, name, namespaces }) =>
        namespaces.map((namespace) => `${group}/${kind} ${namespace}/${name}`),
      )
      assert.deepEqual(found, expected)
    })
  }

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['no apiVersion', 'kind: ConfigMap\nmetadata: {name: a}', /apiVersion/],
    [
      'an apiVersion with two slashes',
      '{apiVersion: a/b/c, kind: X, metadata: {name: a}}',
      /apiVersion/,
    ],
    [
      'an apiVersion that is a number',
      '{apiVersion: 1, kind: X, metadata: {name: a}}',
      /apiVersion/,
    ],
    ['no kind', 'apiVersion: v1\nmetadata: {name: a}', /kind/],
    ['a kind that is a list', '{apiVersion: v1, kind: [X], metadata: {name: a}}', /kind/],
    ['no metadata', head, /metadata/],
    ['metadata that is text', `${head}metadata: a`, /metadata/],
    ['no name', `${head}metadata: {labels: {}}`, /name/],
    ['a name that is a number', `${head}metadata: {name: 5}`, /name/],
    ['a name with a newline', `${head}metadata: {name: "a\\nb"}`, /name/],
    ['a name with a slash', `${head}metadata: {name: a/b}`, /name/],
    ['a name of dots', `${head}metadata: {name: ..}`, /name/],
    ['a namespace that is a list', `${head}metadata: {name: a, namespace: [x]}`, /namespace/],
    ['a namespace with a space', `${head}metadata: {name: a, namespace: "a b"}`, /namespace/],
    ['items in something that is no list', `${head}metadata: {name: a}\nitems: []`, /items/],
    ['items that are no list', '{apiVersion: v1, kind: List, items: {}}', /items/],
    ['an item that is text', '{apiVersion: v1, kind: List, items: [x]}', /item/],
  ]
  for (const [title, text, message] of refused) {
    test(`${title} is a problem`, () => {
      const { objects, problems } = read(`\n\n${text}`)
      assert.deepEqual(objects, [])
      assert.equal(problems[0]?.line, 3)
      assert.match(problems[0]?.message ?? '', message)
    })
  }

  test('without a default, a namespaced object must name its namespace', () => {
    assert.match(read(`${head}metadata: {name: a}`, '').problems[0]?.message ?? '', /namespace/)
    const other = read('{apiVersion: x.io/v1, kind: W, metadata: {name: w}}', '')
    assert.deepEqual(other.objects[0]?.namespaces, [''])
  })

  test('a generateName counts only without a name', () => {
    const { objects } = read(
      `${head}metadata: {generateName: a-}\n---\n${head}metadata: {generateName: a-, name: b}`,
    )
    assert.deepEqual(
      objects.map(({ name, generateName }) => [name, generateName]),
      [
        ['', 'a-'],
        ['b', ''],
      ],
    )
  })

  test('an object is placed without touching what the manifest says otherwise', () => {
    const [object] = read(
      `${head}metadata: {name: a, labels: {x: z}}\ndata: {__proto__: v}`,
    ).objects
    assert.ok(object !== undefined)
    const placed = JSON.stringify(placeIn(object.object, 'pay'))
    assert.equal(
      placed,
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"x":"z"},"namespace":"pay"},"data":{"__proto__":"v"}}',
    )
    assert.ok(!JSON.stringify(object.object).includes('namespace'))
  })

  test('the scope of a kind depends on its group', () => {
    assert.equal(kindScope('', 'Namespace'), 'cluster')
    assert.equal(kindScope('apps', 'Deployment'), 'namespaced')
    assert.equal(kindScope('acme.example', 'Namespace'), 'unknown')
    assert.equal(kindScope('', 'constructor'), 'unknown')
  })
})
