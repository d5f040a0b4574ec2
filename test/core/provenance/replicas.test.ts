import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { commitA } from '../../fakes/git.ts'
import { request } from '../../fakes/requests.ts'
import type { Json } from '../../../src/core/manifest/json.ts'
import type { DeclaredObject } from '../../../src/core/provenance/declarations.ts'
import type { Looking } from '../../../src/core/provenance/ownership.ts'
import { replicasRefuted } from '../../../src/core/provenance/replicas.ts'

function declaring(spec: Json, kind = 'Deployment', apiVersion = 'apps/v1'): DeclaredObject {
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['']
  return {
    id: { group, kind, namespace: 'zoo', name: 'web' },
    apiVersion,
    generateName: '',
    repository: 'fleet',
    commit: commitA,
    branch: 'main',
    plans: [],
    source: '.',
    file: 'web.yaml',
    line: 1,
    digest: '',
    object: { apiVersion, kind, spec },
  }
}

/** Nothing but the request is looked at. */
function scaledTo(spec: Json): Looking {
  const asked = request({
    operation: 'UPDATE',
    subresource: 'scale',
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    object: { apiVersion: 'autoscaling/v1', kind: 'Scale', spec },
  })
  return { subject: { request: asked } } as Looking
}

describe('a write of scale', () => {
  const cases: readonly (readonly [string, Json, DeclaredObject, boolean])[] = [
    ['lands on what is declared', { replicas: 3 }, declaring({ replicas: 3 }), true],
    ['lands elsewhere', { replicas: 5 }, declaring({ replicas: 3 }), false],
    ['lands on the default where nothing is declared', { replicas: 1 }, declaring({}), true],
    ['lands elsewhere where nothing is declared', { replicas: 2 }, declaring({}), false],
    [
      'lands on the default where null is declared',
      { replicas: 1 },
      declaring({ replicas: null }),
      true,
    ],
    ['says nothing, which is none', {}, declaring({ replicas: 0 }), true],
    ['says nothing, and some are declared', {}, declaring({ replicas: 1 }), false],
    [
      'of a kind without a catalogue',
      { replicas: 1 },
      declaring({}, 'Widget', 'example.com/v1'),
      false,
    ],
    [
      'of a controller of the core group',
      { replicas: 1 },
      declaring({}, 'ReplicationController', 'v1'),
      true,
    ],
  ]
  for (const [title, written, declared, isRight] of cases) {
    it(title, () => {
      const refutation = replicasRefuted(declared, scaledTo(written))
      assert.equal(refutation === undefined, isRight, refutation?.why)
      if (refutation === undefined) return
      assert.equal(refutation.reason, 'ContentMismatch')
      assert.deepEqual(refutation.paths, ['spec.replicas'])
    })
  }
})
