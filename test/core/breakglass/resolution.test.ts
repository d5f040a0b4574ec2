import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { goodPolicy, head } from '../policy/policies.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { commitA, commitB, type FakeRepository } from '../../fakes/git.ts'
import {
  becomes,
  begun,
  declaring,
  found,
  gone,
  id,
  manifest,
  minute,
  now,
  stored,
  updated,
  used,
} from './tracking.ts'
import { write } from './writes.ts'

const scaled = updated({ replicas: 3 }, { replicas: 5 })
const at = (replicas: number, more: object = {}) => found(stored({ replicas, ...more }))
const three = declaring(manifest({ replicas: 3 }))
const five = declaring(manifest({ replicas: 5 }))
const silent = declaring(manifest())

describe('a field that Git declares is', () => {
  test('promoted once Git declares what was written, and the cluster has it', async () => {
    assert.equal(await becomes(scaled, at(5), { git: five }), 'Promoted')
    assert.match(
      await becomes(scaled, at(3), { git: five }),
      /^open: it is not as fleet@a+ declares it: spec.replicas$/,
    )
  })

  test('reverted once the old value is back, as Git declares it', async () => {
    assert.equal(await becomes(scaled, at(3), { git: three }), 'Reverted')
    assert.match(await becomes(scaled, at(5), { git: three }), /^open: it is not as fleet@aaaa/)
  })

  test('superseded once something else stands there that Git declares', async () => {
    const four = declaring(manifest({ replicas: 4 }))
    assert.equal(await becomes(scaled, at(4), { git: four }), 'Superseded')
  })

  test('told from its neighbours: what else is different is not its concern', async () => {
    const live = at(5, { image: 'evil:1' })
    assert.equal(await becomes(scaled, live, { git: five }), 'Promoted')
  })

  test('promoted by meaning: how Git writes it does not matter', async () => {
    const old = { spec: { progressDeadlineSeconds: 60 } }
    const use = updated(old, { spec: { progressDeadlineSeconds: 600 } })
    // 600 is what the API server fills in.
    const live = found(stored({ spec: { progressDeadlineSeconds: 600 } }))
    assert.equal(await becomes(use, live, { git: three }), 'Promoted')
  })
})

describe('a scale is a write of the replicas of what it belongs to:', () => {
  const scale = (replicas: number): JsonObject => ({
    kind: 'Scale',
    metadata: { name: 'api', uid: 'd1' },
    spec: replicas === 0 ? {} : { replicas },
  })
  const use = used(write({ subresource: 'scale', old: scale(3), next: scale(0) }))

  test('to zero as well', async () => {
    const zero = declaring(manifest({ replicas: 0 }))
    const live = found(stored({ replicas: 0 }), scale(0))
    assert.equal(await becomes(use, live, { git: zero }), 'Promoted')
    assert.match(await becomes(use, live, { git: three }), /^open/)
    assert.equal(await becomes(use, found(stored(), scale(3)), { git: three }), 'Reverted')
  })

  test('of another kind nobody knows the field', async () => {
    const whole = { ...stored({ replicas: 0 }), apiVersion: 'example.com/v1' }
    const declared = { ...manifest({ replicas: 3 }), apiVersion: 'example.com/v1' }
    const git = declaring(declared)
    assert.match(await becomes(use, found(whole, scale(0)), { git }), /^open/)
  })
})

describe('a field that Git does not declare is', () => {
  test('reverted once what stood there before is back', async () => {
    assert.equal(await becomes(scaled, at(3), { git: silent }), 'Reverted')
  })

  test('open while it has what was written', async () => {
    const why = await becomes(scaled, at(5), { git: silent })
    assert.match(why, /^open: fleet@a+ does not declare what it wrote$/)
  })

  test('superseded once somebody has written over it who needs no grant', async () => {
    assert.equal(await becomes(scaled, at(4), { git: silent }), 'Superseded')
    assert.equal(await becomes(scaled, at(4), { git: declaring() }), 'Superseded')
  })

  test('open where the API server fills in a value by itself, but not this one', async () => {
    const service = (nodePort: number): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'api', namespace: 'pay', uid: 's1' },
      spec: { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort }] },
    })
    const parts = { group: '', resource: 'services', old: service(30080), next: service(30090) }
    const use = used(write(parts))
    const declared = {
      ...service(0),
      spec: { type: 'NodePort', ports: [{ name: 'http', port: 80 }] },
    }
    const services = { group: '', kind: 'Service', namespace: 'pay', name: 'api' }
    const git = { ...three, declares: { [commitA]: [{ id: services, object: declared }] } }
    assert.match(await becomes(use, found(service(30090)), { git }), /^open/)
    assert.equal(await becomes(use, found(service(30080)), { git }), 'Reverted')
  })

  test('promoted where the policy tolerates it', async () => {
    const policy = goodPolicy(`${head}  mode: enforce
  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: prod}]}
  tolerations:
  - {resources: [deployments.apps], fields: ['spec.template.metadata.annotations["restartedAt"]']}
`)
    const restarted = (when: string) => ({
      spec: {
        template: { metadata: { labels: { app: 'api' }, annotations: { restartedAt: when } } },
      },
    })
    const use = updated(restarted('1'), restarted('2'))
    const live = found(stored(restarted('2')))
    assert.match(await becomes(use, live, { git: three }), /^open/)
    assert.equal(await becomes(use, live, { git: three, policy }), 'Promoted')
  })
})

describe('an undeclared object', () => {
  const git = declaring()

  test('is as Git says once it is as before, or gone', async () => {
    assert.match(await becomes(scaled, at(5), { git }), /^open/)
    assert.equal(await becomes(scaled, at(3), { git }), 'Reverted')
    assert.equal(await becomes(scaled, gone, { git }), 'Deleted')
  })

  test('that was cordoned is free once it is uncordoned, which is another use', async () => {
    const cordoned = updated({ spec: {} }, { spec: { paused: true } }, { n: 1 })
    const freed = updated({ spec: { paused: true } }, { spec: {} }, { n: 2 })
    const asking = { git, others: [cordoned, freed] }
    assert.equal(await becomes(cordoned, found(stored()), asking), 'Reverted')
    assert.equal(await becomes(freed, found(stored()), asking), 'Reverted')
  })

  test('that was made is open until it is gone, or Git declares all of it', async () => {
    const metadata = { creationTimestamp: momentText(begun), generation: 1 }
    const use = used(write({ operation: 'CREATE', next: stored({ metadata }) }))
    const live = found(stored({ metadata }))
    assert.match(await becomes(use, live, { git }), /^open/)
    assert.equal(await becomes(use, gone, { git }), 'Deleted')
    assert.equal(await becomes(use, live, { git: three }), 'Promoted')
    const written = { ...metadata, annotations: { 'deployment.kubernetes.io/revision': '1' } }
    assert.equal(
      await becomes(use, found(stored({ metadata: written })), { git: three }),
      'Promoted',
    )
    const more = stored({ metadata, spec: { minReadySeconds: 7 } })
    assert.match(await becomes(use, found(more), { git: three }), /^open/)
    const changed = found(stored({ replicas: 4, metadata: { ...metadata, generation: 2 } }))
    const four = declaring(manifest({ replicas: 4 }))
    assert.equal(await becomes(use, changed, { git: four }), 'Superseded')
    const another = { metadata: { creationTimestamp: momentText(now), uid: 'd2' } }
    assert.equal(await becomes(use, found(stored(another)), { git }), 'Deleted')
  })
})

describe('a deletion is', () => {
  const use = used(write({ operation: 'DELETE', old: stored() }))
  const anew = (deployed: object = {}) => found(stored({ metadata: { uid: 'd2' }, ...deployed }))

  test('deleted once Git does not declare it either', async () => {
    assert.equal(await becomes(use, gone, { git: declaring() }), 'Deleted')
    assert.match(await becomes(use, gone, { git: three }), /^open: fleet@a+ declares it$/)
  })

  test('reverted once it is there again as Git declares it', async () => {
    assert.equal(await becomes(use, anew(), { git: three }), 'Reverted')
    assert.match(await becomes(use, anew({ replicas: 4 }), { git: three }), /^open/)
  })

  test('open while the object waits for its finalizers', async () => {
    const metadata = { deletionTimestamp: momentText(begun) }
    const live = found(stored({ metadata }))
    assert.equal(await becomes(use, live, { git: declaring() }), 'open: it is not gone yet')
  })
})

describe('nothing is resolved', () => {
  const unknown: readonly (readonly [string, FakeRepository, RegExp])[] = [
    ['while the mirror is old', { ...five, fetchedAt: now - 2 * 60 * minute }, /older than 60 min/],
    ['before the first fetch', { tips: {} }, /older than/],
    [
      'while the head is being read',
      { ...five, declares: { [commitA]: 'pending' } },
      /still being/,
    ],
    [
      'of a head that cannot be read',
      { ...five, declares: { [commitA]: 'broken' } },
      /may declare/,
    ],
    ['that is declared twice', { ...five, declares: { [commitA]: 'duplicate' } }, /more than once/],
    [
      'that two branches declare',
      {
        ...five,
        tips: { main: commitA, next: commitB },
        declares: {
          [commitA]: [{ id, object: manifest({ replicas: 5 }) }],
          [commitB]: [{ id, object: manifest({ replicas: 5 }), branch: 'next' }],
        },
      },
      /two branches of fleet declare it/,
    ],
    ['without any head', { tips: {}, fetchedAt: now }, /no branch/],
    [
      'where a file that may declare it cannot be read',
      { ...declaring(), problems: [{ file: 'a.yaml', line: 1, message: 'bad', names: ['api'] }] },
      /may declare it/,
    ],
    [
      'of what is encrypted',
      {
        ...five,
        declares: { [commitA]: [{ id, object: manifest({ replicas: 5 }), isEncrypted: true }] },
      },
      /encrypted/,
    ],
    [
      'of a branch that does not count',
      // main says nothing new; the commit is nobody's head.
      {
        ...three,
        declares: { ...three.declares, [commitB]: [{ id, object: manifest({ replicas: 5 }) }] },
      },
      /not as fleet@aaaa/,
    ],
  ]
  for (const [title, git, why] of unknown) {
    test(title, async () => {
      const said = await becomes(scaled, at(5), { git })
      assert.match(said, /^open/)
      assert.match(said, why)
    })
  }

  test('of a policy without repositories', async () => {
    const policy = goodPolicy(`${head}  mode: enforce\n`)
    assert.match(await becomes(scaled, gone, { policy }), /^open: no branch/)
  })

  test('that was not stored, or that nobody has looked at', async () => {
    assert.match(await becomes({ ...scaled, state: 'Admitted' }, at(3), { git: three }), /^open/)
    const nothing = { ...scaled, state: 'NotCommitted' as const }
    assert.match(await becomes(nothing, at(3), { git: three, now: begun + minute }), /^open/)
    assert.equal(await becomes(nothing, at(3), { git: three }), 'NotCommitted')
  })

  test('that cannot be read, or is only an act', async () => {
    const live = { kind: 'unreadable', why: 'solewriter may not get widgets' } as const
    assert.equal(await becomes(scaled, live, { git: five }), 'open: solewriter may not get widgets')
    const exec = { group: '', resource: 'pods', subresource: 'exec', operation: 'CONNECT' } as const
    assert.match(await becomes(used(write(exec)), gone), /^open: a review/)
  })

  test('by another version of the API, until all of the object is as declared', async () => {
    const old = found({ ...stored({ replicas: 5 }), apiVersion: 'apps/v1beta1' })
    for (const live of [{}, { live: stored({ replicas: 4 }) }]) {
      assert.match(await becomes(scaled, old, { git: five, ...live }), /^open: .*versions differ/)
    }
  })

  test('by two versions that say the same is promoted all the same', async () => {
    const git = declaring(manifest({ replicas: 5 }))
    const live = found({ ...stored({ replicas: 5 }), apiVersion: 'apps/v1beta1' })
    assert.equal(await becomes(scaled, live, { git, live: stored({ replicas: 5 }) }), 'Promoted')
  })
})

describe('a waiver in Git settles', () => {
  const waiver = { repository: 'fleet', commit: commitA }
  test('what nothing else does', async () => {
    assert.equal(await becomes(scaled, at(5), { git: three, waiver }), 'Waived')
    const exec = { group: '', resource: 'pods', subresource: 'exec', operation: 'CONNECT' } as const
    assert.equal(await becomes(used(write(exec)), gone, { waiver }), 'Waived')
  })
})
