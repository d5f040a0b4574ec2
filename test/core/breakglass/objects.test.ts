import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { nextStatus } from '../../../src/core/breakglass/life-cycle.ts'
import { fillStatus, type Activation } from '../../../src/core/breakglass/next-status.ts'
import { grantSchema } from '../../../src/core/breakglass/objects/grant-schema.ts'
import { postMortemSchema } from '../../../src/core/breakglass/objects/post-mortem-schema.ts'
import { toPostMortem } from '../../../src/core/breakglass/post-mortem.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { gvk, gvr } from '../decision/deciding.ts'
import {
  aboutGrant,
  begin,
  breakGlassPolicy,
  fakeGrants,
  grantName,
  minute,
  newGrant,
  replica,
  scaling,
} from '../decision/granting.ts'
import { goodDetail } from './issuing.ts'

// The API server drops what a definition does not declare: a use without its fingerprint would be one
// that nobody can count.

function assertDeclared(schema: typeof grantSchema | typeof postMortemSchema, object: JsonObject) {
  const { spec = {}, status = {} } = object
  const parsed = schema.safeParse({ spec, status })
  assert.ok(parsed.success, JSON.stringify(parsed.error?.issues, undefined, 1))
  // Nothing is filled in beside what the definition says in the spec.
  assert.deepEqual(parsed.data.status, status)
}

async function activated(policy = breakGlassPolicy()): Promise<JsonObject> {
  const told: Activation[] = []
  const onActivation = (activation: Activation) => void told.push(activation)
  const grants = fakeGrants()
  const decide = replica({ grants, policy, onActivation, now: () => begin })
  const object = newGrant({ metadata: { resourceVersion: '7' } })
  await decide(aboutGrant({ operation: 'CREATE', object, oldObject: null }))
  const [activation = assert.fail('it was not activated')] = told
  const filled = fillStatus(activation, object)
  return { ...object, ...(filled.kind === 'store' && { status: filled.status }) }
}

describe('the definition of a grant declares', () => {
  test('all that stands in one that was activated', async () => {
    assertDeclared(grantSchema, await activated())
  })

  test('all that stands in one that waits for approvals', async () => {
    const rules =
      '{subjects: {groups: [sre-oncall]}, maxSession: 5m, approvals: {required: 1, groups: [lead]}}'
    const grant = await activated(breakGlassPolicy({ rules }))
    assertDeclared(grantSchema, grant)
    const status = nextStatus(grant, begin + minute) ?? assert.fail()
    assertDeclared(grantSchema, { ...grant, status })
  })

  const pods = { resources: ['pods/exec'], apiGroups: [''], operations: ['CONNECT'] }
  const { fields: _fields, ...detail } = goodDetail
  const exec: Partial<AdmissionRequest> = {
    ...scaling(),
    resource: gvr('pods', ''),
    kind: gvk('PodExecOptions'),
    subresource: 'exec',
    operation: 'CONNECT',
    object: { kind: 'PodExecOptions', command: ['cat', '/etc/passwd'] },
    oldObject: null,
  }

  for (const [title, claims, request] of [
    ['an update', {}, scaling()],
    ['an exec', { authorization_details: [{ ...detail, ...pods }] }, exec],
  ] as const) {
    test(`all that stands in the use of ${title}, and so does that of a post-mortem`, async () => {
      const grants = fakeGrants([newGrant({ claims })])
      const decision = await replica({ grants })(request)
      assert.equal(decision.verdict.reason, 'BreakGlass')
      const grant = grants.stored(grantName) ?? assert.fail()
      assertDeclared(grantSchema, grant)
      const { spec, status } = toPostMortem(grant)
      assertDeclared(postMortemSchema, { spec, status })
    })
  }
})
