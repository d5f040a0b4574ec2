import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseJson } from '../../../src/core/admission/parse-json.ts'
import { builtInKind } from '../../../src/core/content/catalogue.ts'
import { checkContent } from '../../../src/core/content/check.ts'
import { pathsOf } from '../../../src/core/content/describe.ts'
import { unknownKind } from '../../../src/core/content/unknown-kind.ts'
import { GuardError } from '../../../src/core/errors.ts'
import { isJsonObject, type JsonObject } from '../../../src/core/manifest/json.ts'
import { parseManifests } from '../../../src/core/manifest/parse.ts'
import { request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'

// A manifest as text against a request as text: what two programs may read differently. Names of the
// rows are those of the catalogue of bypasses; how YAML is read is tested in core/manifest.

const policy = goodPolicy(`${head}  mode: enforce\n`)
const named = 'metadata: {name: a, namespace: zoo}'
const meta = '"metadata":{"name":"a","namespace":"zoo"}'

function read(text: string): JsonObject {
  const object = parseJson(Buffer.from(text))
  assert.ok(isJsonObject(object))
  return object
}

/** `yaml` and `json` are what stands beside the metadata. */
function unexplained(kind: string, yaml: string, json: string): readonly string[] {
  const [apiVersion = '', name = ''] = kind.split(' ')
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  const { documents, problems } = parseManifests(
    `apiVersion: ${apiVersion}\nkind: ${name}\n${named}\n${yaml}`,
  )
  assert.deepEqual(problems, [])
  const object = read(`{"apiVersion":"${apiVersion}","kind":"${name}",${meta},${json}}`)
  const gvk = { group, version, kind: name }
  const schema = { position: builtInKind(gvk) ?? unknownKind, keepsStatus: true }
  const asked = request({ operation: 'CREATE', kind: gvk, object })
  const declared = documents[0]?.object ?? {}
  return pathsOf(checkContent({ request: asked, declared, schema, policy }))
}

const configMap = 'v1 ConfigMap'
const secret = 'v1 Secret'
const custom = 'example.com/v1 Widget'
const pod = 'v1 Pod'
const filled = `"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",
  "imagePullPolicy":"IfNotPresent","resources":{}`
const podSpec = `"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst",
  "securityContext":{},"schedulerName":"default-scheduler","enableServiceLinks":true`

function podJson(container: string, more = ''): string {
  return `"spec":{"containers":[{"name":"app","image":"a:1",${filled}${container}}]${more},${podSpec}}`
}

const podYaml = (container = '') => `spec: {containers: [{name: app, image: 'a:1'${container}}]}`

describe('representations', () => {
  const cases: readonly (readonly [string, string, string, string, readonly string[]])[] = [
    ['G1: a number is no text', configMap, 'data: {a: "0644"}', '"data":{"a":"420"}', ['data.a']],
    ['G1: a text is no boolean', custom, 'spec: {a: "on"}', '"spec":{"a":true}', ['spec.a']],
    [
      'G2: a variable that comes twice',
      pod,
      podYaml(', env: [{name: A, value: "1"}]'),
      podJson(',"env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]'),
      ['spec.containers[name=app].env[name=A]'],
    ],
    [
      'G2: one that is declared twice',
      pod,
      podYaml(', env: [{name: A, value: "1"}, {name: A, value: "2"}]'),
      podJson(',"env":[{"name":"A","value":"2"},{"name":"A","value":"1"}]'),
      ['spec.containers[name=app].env[name=A].value'],
    ],
    [
      'G2: and is so',
      pod,
      podYaml(', env: [{name: A, value: "1"}, {name: A, value: "2"}]'),
      podJson(',"env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]'),
      [],
    ],
    [
      'G5: __proto__ is a key',
      configMap,
      'data: {__proto__: a}',
      '"data":{"__proto__":"b"}',
      ['data.__proto__'],
    ],
    [
      'G5: and may not be missing',
      configMap,
      'data: {__proto__: a, b: c}',
      '"data":{"b":"c"}',
      ['data.__proto__'],
    ],
    [
      'G5: nor be added',
      configMap,
      'data: {b: c}',
      '"data":{"__proto__":"a","b":"c"}',
      ['data.__proto__'],
    ],
    [
      'G5: in a map below it',
      custom,
      'spec: {__proto__: {a: 1}}',
      '"spec":{"__proto__":{"a":2}}',
      ['spec.__proto__.a'],
    ],
    [
      'G5: constructor is a key',
      configMap,
      'data: {b: c}',
      '"data":{"b":"c","constructor":"x"}',
      ['data.constructor'],
    ],
    [
      'G5: what every object has is not declared',
      custom,
      'spec: {a: 1}',
      '"spec":{"a":1,"toString":"x"}',
      ['spec.toString'],
    ],
    [
      'G6: integers beyond 2^53',
      custom,
      'spec: {a: 9007199254740993}',
      '"spec":{"a":9007199254740992}',
      ['spec.a'],
    ],
    [
      'G6: that are equal',
      custom,
      'spec: {a: 9007199254740993}',
      '"spec":{"a":9007199254740993}',
      [],
    ],
    [
      'G6: -0, 1.0 and 1e3',
      custom,
      'spec: {a: 0, b: 1, c: 1000}',
      '"spec":{"a":-0,"b":1.0,"c":1e3}',
      [],
    ],
    [
      'G7: half a character',
      configMap,
      'data: {a: "\ufffd"}',
      '"data":{"a":"\\ud83d"}',
      ['data.a'],
    ],
    [
      'G8: a letter of another alphabet',
      pod,
      podYaml(),
      podJson('').replace('"a:1"', '"а:1"'),
      ['spec.containers[name=app].image'],
    ],
    [
      'G8: another form of the same letter',
      configMap,
      'data: {a: "\u00e9"}',
      '"data":{"a":"e\\u0301"}',
      ['data.a'],
    ],
    [
      'G10: a key in another case',
      custom,
      'spec: {replicas: 1}',
      '"spec":{"Replicas":1}',
      ['spec.Replicas', 'spec.replicas'],
    ],
    [
      'G10: that the API server leaves out',
      configMap,
      'Data: {a: b}',
      '"data":{"a":"b"}',
      ['data'],
    ],
    [
      'G11: stringData as data',
      secret,
      'stringData: {a: hello}',
      '"data":{"a":"aGVsbG8="},"type":"Opaque"',
      [],
    ],
    [
      'G11: which wins over data',
      secret,
      'data: {a: b2xk}\nstringData: {a: hello}',
      '"data":{"a":"b2xk"},"type":"Opaque"',
      ['data.a'],
    ],
    [
      'G11: text that is not UTF-8',
      secret,
      'stringData: {a: "\u00e9"}',
      '"data":{"a":"6Q=="},"type":"Opaque"',
      ['data.a'],
    ],
    [
      'G11: a quantity in another spelling',
      pod,
      podYaml(', resources: {requests: {cpu: 1}}'),
      podJson('').replace('"resources":{}', '"resources":{"requests":{"cpu":"1000m"}}'),
      [],
    ],
    [
      'G11: another quantity',
      pod,
      podYaml(', resources: {requests: {cpu: 1}}'),
      podJson('').replace('"resources":{}', '"resources":{"requests":{"cpu":"1k"}}'),
      ['spec.containers[name=app].resources.requests.cpu'],
    ],
    [
      'G11: a quantity is a text elsewhere',
      custom,
      'spec: {cpu: 1}',
      '"spec":{"cpu":"1000m"}',
      ['spec.cpu'],
    ],
    [
      'G11: a default for a declared value',
      pod,
      podYaml(', imagePullPolicy: Always'),
      podJson(''),
      ['spec.containers[name=app].imagePullPolicy'],
    ],
    [
      'F9: a container',
      pod,
      podYaml(),
      podJson('', '').replace('}]', `},{"name":"evil","image":"b:1",${filled}}]`),
      ['spec.containers[name=evil]'],
    ],
    [
      'F9: a variable',
      pod,
      podYaml(),
      podJson(',"env":[{"name":"LD_PRELOAD","value":"x"}]'),
      ['spec.containers[name=app].env[name=LD_PRELOAD]'],
    ],
    [
      'F9: a command',
      pod,
      podYaml(),
      podJson(',"command":["sh"]'),
      ['spec.containers[name=app].command'],
    ],
    [
      'F9: the network of the host',
      pod,
      podYaml(),
      podJson('', ',"hostNetwork":true'),
      ['spec.hostNetwork'],
    ],
    [
      'F9: no less: a security context',
      pod,
      podYaml(', securityContext: {runAsNonRoot: true}'),
      podJson(''),
      ['spec.containers[name=app].securityContext'],
    ],
    ['A8: a field that no schema knows', configMap, 'data: {a: b}\nodd: 1', '"data":{"a":"b"}', []],
  ]
  for (const [title, kind, yaml, json, expected] of cases) {
    it(title, () => assert.deepEqual(unexplained(kind, yaml, json), expected))
  }

  it('F9: a quality of service that its resources do not give, and no other part of a status', () => {
    const said = (status: string) =>
      unexplained(pod, podYaml(), `${podJson('')},"status":${status}`)
    assert.deepEqual(said('{"phase":"Pending","qosClass":"BestEffort"}'), [])
    assert.deepEqual(said('{"phase":"Running","qosClass":"Guaranteed"}'), ['status'])
  })

  it('G4: nesting without end is an error, not a crash', () => {
    const deep = (levels: number) => {
      let value: JsonObject = { a: 1 }
      for (let i = 0; i < levels; i += 1) value = { a: value }
      return value
    }
    const schema = { position: unknownKind, keepsStatus: false }
    const asked = request({ operation: 'CREATE', object: deep(5_000) })
    const question = { request: asked, declared: {}, schema, policy }
    assert.throws(() => checkContent(question), GuardError)
  })
})
