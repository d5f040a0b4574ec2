import fc from 'fast-check'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { idOf, period } from './generated.ts'

const hours = (period.to - period.from) / 3_600_000
const moment = fc
  .integer({ min: -30, max: hours + 30 })
  .map((hour) => new Date(period.from + hour * 3_600_000).toISOString().replace('.000Z', 'Z'))
const person = fc.constantFrom('alice', 'bob', '=evil()', '<b>carol</b>')
const uuid = fc.uuid({ version: 4 })

const use = fc.record({
  time: moment,
  which: fc.integer({ min: 0, max: 3 }),
  unnecessary: fc.boolean(),
  resolution: fc.option(fc.record({ kind: fc.constantFrom('Promoted', 'Reverted'), at: moment })),
})

const grant = fc.record({
  id: uuid,
  createdAt: moment,
  holder: person,
  phase: fc.constantFrom('Active', 'Expired', 'Revoked'),
  uses: fc.array(use, { maxLength: 3 }),
  approvals: fc.array(person, { maxLength: 2 }),
  /** Which objects are left of it. */
  left: fc.constantFrom('both', 'grant', 'post-mortem'),
  closedAt: fc.option(moment),
  overdue: fc.boolean(),
  reviewer: fc.option(person),
})

/** Grants, post-mortems and approvals that never counted, as files of a cluster have them. */
export const grantSets: fc.Arbitrary<readonly JsonObject[]> = fc
  .uniqueArray(grant, { maxLength: 4, selector: ({ id }) => id })
  .map((all) => all.flatMap(objectsOf))

type Drawn = typeof grant extends fc.Arbitrary<infer T> ? T : never

const apiVersion = 'solewriter.dev/v1alpha1'

function objectsOf(one: Drawn): readonly JsonObject[] {
  const name = `bg-${one.id}`
  const uses = one.uses.map(({ time, which, unnecessary, resolution }, i) => ({
    n: i + 1,
    time,
    decisionId: idOf(Date.parse(time), which),
    op: 'UPDATE',
    target: { group: '', resource: 'configmaps', namespace: 'pay', name: 'x' },
    paths: ['data.a'],
    state: 'Committed',
    unnecessary,
    ...(resolution !== null && { resolution: { ...resolution, repository: 'fleet', commit: 'c' } }),
  }))
  const told = { reason: '-2+3', incident: 'INC-1', uses }
  const { closedAt, reviewer } = one
  const grantObject = {
    apiVersion,
    kind: 'BreakGlassGrant',
    metadata: { name, creationTimestamp: one.createdAt },
    spec: {},
    status: {
      ...told,
      phase: one.phase,
      subject: { username: one.holder },
      approvals: one.approvals.map((by) => ({ by, group: 'lead', at: one.createdAt })),
    },
  }
  const postMortem = {
    apiVersion,
    kind: 'PostMortem',
    metadata: { name: `pm-${one.id}`, creationTimestamp: one.createdAt },
    spec: {
      grant: name,
      ...(reviewer !== null && { review: { by: reviewer, verdict: 'justified' } }),
    },
    status: {
      ...told,
      holder: one.holder,
      approvers: one.approvals,
      grantPhase: one.phase,
      phase: closedAt === null ? 'Open' : 'Closed',
      overdue: one.overdue ? ['review'] : [],
      ...(closedAt !== null && { closedAt }),
    },
  }
  const approval = {
    apiVersion,
    kind: 'BreakGlassApproval',
    metadata: { name: `${name}.${'0'.repeat(16)}`, creationTimestamp: one.createdAt },
    spec: { grant: name, by: 'dora', group: 'lead', scope: 'sha256:0' },
  }
  return [
    ...(one.left === 'post-mortem' ? [] : [grantObject]),
    ...(one.left === 'grant' ? [] : [postMortem]),
    approval,
  ]
}
