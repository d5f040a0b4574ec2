import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { changed, deployment, lines, put } from './changing.ts'

const scalars: readonly (readonly [string, string, Json | undefined, readonly string[]])[] = [
  [
    'a number keeps its comment',
    'spec/replicas',
    5,
    ['-  replicas: 3 # three zones', '+  replicas: 5 # three zones'],
  ],
  [
    'an image keeps its style and its comment',
    'spec/template/spec/containers/0/image',
    'registry.example.com:5000/api:1.2.4',
    [
      '-        image: registry.example.com:5000/api:1.2.3 # bot: update',
      '+        image: registry.example.com:5000/api:1.2.4 # bot: update',
    ],
  ],
  [
    'double quotes stay',
    'spec/template/spec/containers/1/image',
    'log:2',
    ['-        image: "log:1"', '+        image: "log:2"'],
  ],
  [
    'single quotes stay, and quote what they have to',
    'spec/template/metadata/annotations/note',
    "it's gone",
    ["-        note: 'it''s here'", "+        note: 'it''s gone'"],
  ],
  [
    'text that would be read as something else is quoted',
    'spec/template/spec/containers/0/image',
    'true',
    [
      '-        image: registry.example.com:5000/api:1.2.3 # bot: update',
      '+        image: "true" # bot: update',
    ],
  ],
  [
    'a value in braces',
    'metadata/labels/app',
    'api2',
    [`-  labels: {app: api, "tier": 'web'}`, `+  labels: {app: api2, "tier": 'web'}`],
  ],
  [
    'a key more in braces',
    'metadata/labels/zone',
    'a',
    [`-  labels: {app: api, "tier": 'web'}`, `+  labels: {app: api, "tier": 'web', zone: a}`],
  ],
  [
    'a key less in braces',
    'metadata/labels/app',
    undefined,
    [`-  labels: {app: api, "tier": 'web'}`, `+  labels: {"tier": 'web'}`],
  ],
  [
    'the last key in braces goes with its comma',
    'metadata/labels/tier',
    undefined,
    [`-  labels: {app: api, "tier": 'web'}`, `+  labels: {app: api}`],
  ],
  [
    'an item of a list in brackets',
    'spec/template/spec/containers/0/args/1',
    '81',
    [`-        args: ["--port", "80"]`, `+        args: ["--port", "81"]`],
  ],
  ['a new key stands at the end of its map', 'spec/paused', true, ['+  paused: true']],
  [
    'a new map too',
    'spec/template/spec/containers/0/resources',
    { limits: { cpu: '2', memory: '1Gi' } },
    [
      '+        resources:',
      '+          limits:',
      '+            cpu: "2"',
      '+            memory: 1Gi',
    ],
  ],
  ['a removed key takes its line', 'spec/replicas', undefined, ['-  replicas: 3 # three zones']],
  [
    'a removed map takes all its lines',
    'spec/template/metadata',
    undefined,
    ['-    metadata:', '-      annotations:', "-        note: 'it''s here'"],
  ],
  [
    'of a map whose only key goes brackets stay',
    'spec/template/metadata/annotations/note',
    undefined,
    ['-      annotations:', "-        note: 'it''s here'", '+      annotations: {}'],
  ],
  [
    'a removed item takes its lines, and leaves the comment above it',
    'spec/template/spec/containers/0/env/0',
    undefined,
    ['-        - name: A', '-          value: "1"'],
  ],
  [
    'the first key of an item gives its place to the next',
    'spec/template/spec/containers/1/name',
    undefined,
    ['-      - name: log', '-        image: "log:1"', '+      - image: "log:1"'],
  ],
  [
    'a block of text',
    'spec/template/spec/containers/1/command/2',
    'set -eu\nexec log --all\n',
    ['-          set -e', '-          exec log', '+          set -eu', '+          exec log --all'],
  ],
  [
    'a block that becomes a word',
    'spec/template/spec/containers/1/command/2',
    'true',
    ['-        - |', '-          set -e', '-          exec log', '+        - "true"'],
  ],
  [
    'a scalar that becomes a map',
    'spec/replicas',
    { a: [1, 'x'] },
    [
      '-  replicas: 3 # three zones',
      '+  replicas: # three zones',
      '+    a:',
      '+    - 1',
      '+    - x',
    ],
  ],
  [
    'a map that becomes a scalar',
    'spec/template/metadata',
    'none',
    ['-    metadata:', '-      annotations:', "-        note: 'it''s here'", '+    metadata: none'],
  ],
  [
    'null and an empty text are two things',
    'spec/replicas',
    null,
    ['-  replicas: 3 # three zones', '+  replicas: null # three zones'],
  ],
]

describe('an object is changed in place', () => {
  for (const [title, path, value, expected] of scalars) {
    test(title, () => {
      const after = changed(deployment, 'api', (object) => put(object, path, value))
      assert.deepEqual(lines(deployment, after), expected)
    })
  }

  test('an item by its name, in front, between and at the end', () => {
    const at = (index: number) =>
      changed(deployment, 'api', (object) => {
        const list = ((object['spec'] as JsonObject)['template'] as JsonObject)['spec']
        const containers = (list as JsonObject)['containers'] as Json[]
        containers.splice(index, 0, { name: 'side', image: 'side:1', args: ['a', 'b'] })
      })
    const side = ['+      - name: side', '+        image: side:1', '+        args:']
    for (const index of [0, 1, 2]) {
      const found = lines(deployment, at(index))
      assert.deepEqual(found, [...side, '+        - a', '+        - b'], String(index))
    }
  })
})
