import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { flux } from '../../../src/core/engines/flux/flux.ts'
import { at, type JsonObject } from '../../../src/core/manifest/json.ts'
import { commitB } from '../../fakes/git.ts'
import {
  apps,
  declares,
  labelled,
  settings,
  source,
  terminating,
  withSpec,
  withStatus,
} from '../provenance/engine-ground.ts'
import { after, current, engines, otherPlan, remove } from './removing.ts'

const listed = (...ids: readonly string[]): JsonObject => ({
  lastAttemptedRevision: `main@sha1:${commitB}`,
  inventory: { entries: ids.map((id) => ({ id, v: 'v1' })) },
})

const status = listed('pay_settings__ConfigMap')
const foreign = {
  'kustomize.toolkit.fluxcd.io/name': 'web',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
}

describe('what a Kustomization lists and marked', () => {
  const live = [withStatus(apps, status), source]
  /** As after a fresh clone: no earlier head is known, and the only one does not declare it. */
  const forgotten = after(engines, [], { earlier: {} })

  test('is its own to delete, though nobody knows the commit that declared it', async () => {
    assert.equal(await remove({ live, fleet: forgotten }), 'VerifiedCommit')
  })

  const refused: readonly (readonly [string, Parameters<typeof remove>, RegExp])[] = [
    ['it does not list it', [{ live: [current, source], fleet: forgotten }], /^NotDeclared/],
    [
      'it lists another of that name',
      [{ live: [withStatus(apps, listed('pay_settings__Secret')), source], fleet: forgotten }],
      /^NotDeclared/,
    ],
    ['it bears no mark', [{ live, fleet: forgotten }, { oldObject: settings }], /^NotDeclared/],
    [
      'it bears the marks of another one',
      [{ live, fleet: forgotten }, { oldObject: labelled(settings, foreign) }],
      /^NotDeclared/,
    ],
    [
      'a head declares it',
      [
        {
          live,
          fleet: after([...engines, declares(settings, otherPlan())], [], {
            inForce: [otherPlan()],
          }),
        },
      ],
      /^StillDeclared/,
    ],
    [
      'a file cannot be read that may declare it',
      [
        {
          live,
          fleet: {
            ...forgotten,
            problems: [{ file: 'a.yaml', line: 1, message: 'a tab', names: ['settings'] }],
          },
        },
      ],
      /^NotDeclared/,
    ],
    [
      'it prunes nothing',
      [{ live: [withSpec(withStatus(apps, status), { prune: false }), source], fleet: forgotten }],
      /^EvidenceRefused/,
    ],
  ]
  for (const [title, asked, message] of refused) {
    test(`is not, where ${title}`, async () => {
      assert.match(await remove(...asked), message)
    })
  }
})

describe('a Kustomization that is being deleted, and that nobody declares any more', () => {
  const ending = withStatus(terminating(apps), status)
  const fleet = after([declares(source)], [], { earlier: {}, inForce: [] })

  test('takes along what it lists', async () => {
    assert.equal(await remove({ live: [ending, source], fleet }), 'VerifiedCommit')
  })

  test('takes along what it lists, though its source is gone', async () => {
    assert.equal(await remove({ live: [ending], fleet }), 'VerifiedCommit')
  })

  test('takes along nothing else, nothing that others marked, and nothing that is declared', async () => {
    const unlisted = withStatus(terminating(apps), listed())
    assert.match(await remove({ live: [unlisted, source], fleet }), /^EvidenceRefused/)
    const scene = { live: [ending, source], fleet }
    assert.match(await remove(scene, { oldObject: settings }), /^EvidenceRefused/)
    const declared = { ...fleet, declares: { [commitB]: [declares(settings)] } }
    assert.match(await remove({ ...scene, fleet: declared }), /^StillDeclared/)
  })

  test('takes along nothing where it leaves its objects', async () => {
    const orphaning = withSpec(ending, { deletionPolicy: 'Orphan' })
    assert.match(await remove({ live: [orphaning, source], fleet }), /^EvidenceRefused/)
    const suspended = withSpec(ending, { suspend: true })
    assert.match(await remove({ live: [suspended, source], fleet }), /^EvidenceRefused/)
  })

  test('lets nobody apply anything', async () => {
    const scene = { live: [ending, source], fleet }
    const applied = { operation: 'CREATE', object: labelled(settings), oldObject: null } as const
    assert.match(await remove(scene, applied), /^Evidence/)
  })
})

test('roles are listed by their names without colons', () => {
  const id = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', namespace: '', name: 'a:b' }
  const object = withStatus(apps, listed('_a__b_rbac.authorization.k8s.io_ClusterRole'))
  const kind = flux.kinds.find((one) => one.kind === at(object, 'kind')) ?? assert.fail()
  assert.equal(kind.lists?.(object, id), true)
  assert.equal(kind.lists?.(object, { ...id, group: 'example.com' }), false)
})
