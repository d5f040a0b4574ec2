import type { IncomingMessage, ServerResponse } from 'node:http'
import { json as readJson } from 'node:stream/consumers'
import { useFingerprint, toUse, type GrantedWrite } from '../../../src/core/breakglass/use.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { toAnswer } from '../../../src/core/decision/answer.ts'
import { changedFields } from '../../../src/core/exceptions/changed-fields.ts'
import { stringAt, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'
import type { AdmissionRequest, UserInfo } from '../../../src/core/admission/request.ts'
import { alice, request } from '../../fakes/requests.ts'
import { gvk, gvr } from '../../core/decision/deciding.ts'
import { loggedIn, replica } from '../../core/decision/granting.ts'
import { json } from '../../kubernetes/api-server.ts'
import { refuse, startCluster, type FakeCluster } from '../breakglass/fake-cluster.ts'

const id = '0198c1d2-7c1e-4b2f-9a53-0d6f7f4f2a11'
export const [grantName, postMortemName] = [`bg-${id}`, `pm-${id}`]
export const begin = Date.UTC(2026, 1, 21, 12)
const carol: UserInfo = { ...loggedIn(alice, 'X509SHA256=ca'), username: 'carol' }

/** What the cluster has beside grants, by path. */
type Objects = Readonly<Record<string, JsonObject | 403>>

export interface Ground extends FakeCluster {
  /** By name. */
  postMortems: Map<string, JsonObject>
  objects: Objects
  /** What the controller does with a review. */
  whenReviewed: (postMortem: JsonObject) => JsonObject
}

export async function startGround(): Promise<() => Ground> {
  const begins = await startCluster()
  return () => {
    const cluster = begins({
      user: carol,
      now: begin,
      instead: (asked, answer) => serve(asked, answer),
    })
    const ground: Ground = Object.assign(cluster, {
      postMortems: new Map<string, JsonObject>(),
      objects: {},
      whenReviewed: (postMortem: JsonObject) => ({
        ...postMortem,
        status: { ...(postMortem['status'] as JsonObject), phase: 'Closed' },
      }),
    })
    return ground

    function serve(asked: IncomingMessage, answer: ServerResponse): boolean {
      const { url = '', method = '' } = asked
      const [, name] = /\/postmortems(?:\/([^/]+))?$/.exec(url) ?? [undefined, undefined]
      if (url.endsWith('/postmortems')) {
        json(answer, 200, { items: [...ground.postMortems.values()] })
        return true
      }
      if (name !== undefined) {
        const stored = ground.postMortems.get(name)
        if (stored === undefined)
          refuse(answer, { code: 404, reason: 'NotFound', message: name, name })
        else if (method === 'GET') json(answer, 200, stored)
        else void review(asked, stored, answer)
        return true
      }
      return /\/apis\/solewriter|selfsubject|kube-system/.test(url)
        ? false
        : serveObject(url, answer)
    }

    function serveObject(url: string, answer: ServerResponse): true {
      const object = ground.objects[url]
      if (object === 403) refuse(answer, { code: 403, reason: 'Forbidden', message: 'no' })
      else if (object === undefined) {
        refuse(answer, { code: 404, reason: 'NotFound', message: url, name: 'x' })
      } else json(answer, 200, object)
      return true
    }

    /** With the real rule about it. */
    async function review(asked: IncomingMessage, stored: JsonObject, answer: ServerResponse) {
      const { spec } = (await readJson(asked)) as { spec: JsonObject }
      const object = { ...stored, spec: { ...(stored['spec'] as JsonObject), ...spec } }
      const name = stringAt(stored, 'metadata', 'name') ?? ''
      const decision = await replica({ grants: ground.grants, now: () => ground.now })({
        user: ground.user,
        operation: 'UPDATE',
        resource: gvr('postmortems', 'solewriter.dev', 'v1alpha1'),
        kind: gvk('PostMortem', 'solewriter.dev', 'v1alpha1'),
        namespace: '',
        name,
        oldObject: stored,
        object,
      })
      if (!decision.allowed) {
        const message = `admission webhook "writes.solewriter.dev" denied the request: ${toAnswer(decision, {}).message}`
        return refuse(answer, { code: 403, reason: 'Forbidden', message })
      }
      ground.postMortems.set(name, ground.whenReviewed(object))
      json(answer, 200, object)
    }
  }
}

/** As the webhook stores it. `minutes` after the grant. */
export function useOf(changes: Partial<AdmissionRequest>, n: number, minutes: number): JsonObject {
  const asked = request({ user: alice, ...changes })
  const write: GrantedWrite = {
    request: asked,
    changed: changedFields(asked),
    content: 'sha256:c',
    decisionId: `01KHYQXZ0078MA14MKNCEM78N${n}`,
    tips: [],
    digestKey: new Uint8Array(32),
  }
  const fingerprint = useFingerprint(grantName, write)
  return toUse(write, { n, fingerprint, time: begin + minutes * 60_000 }) as unknown as JsonObject
}

const scale = (replicas: number) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'api', namespace: 'pay', uid: 'd1' },
  spec: { replicas },
})

export const scaleNow = (replicas: number): JsonObject => scale(replicas)
export const scalePath = '/apis/apps/v1/namespaces/pay/deployments/api/scale'

export const scaled = useOf(
  {
    operation: 'UPDATE',
    resource: gvr('deployments', 'apps'),
    kind: gvk('Scale', 'autoscaling'),
    subresource: 'scale',
    name: 'api',
    oldObject: scale(3),
    object: scale(5),
  },
  1,
  1,
)

const why = { incident: 'INC-42', reason: '5xx storm, three replicas are too few' }

export function grantWith(uses: readonly Json[], status: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'BreakGlassGrant',
    metadata: { name: grantName, creationTimestamp: momentText(begin), resourceVersion: '7' },
    spec: { ended: true },
    status: {
      phase: 'Ended',
      tokenSHA256: 'ab',
      issuer: 'oncall',
      kid: 'k',
      subject: { username: 'alice' },
      ...why,
      scope: [
        { resources: ['deployments.apps/scale'], operations: ['UPDATE'], namespaces: ['pay'] },
      ],
      maxUses: 20,
      activatedAt: momentText(begin),
      expiresAt: momentText(begin + 3_600_000),
      uses,
      conditions: [
        {
          type: 'Active',
          status: 'False',
          reason: 'Ended',
          message: '',
          lastTransitionTime: momentText(begin + 300_000),
        },
      ],
      ...status,
    },
  }
}

export function postMortemWith(uses: readonly Json[], status: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'PostMortem',
    metadata: { name: postMortemName, creationTimestamp: momentText(begin), resourceVersion: '8' },
    spec: { grant: grantName },
    status: {
      phase: 'Open',
      holder: 'alice',
      approvers: [],
      ...why,
      activatedAt: momentText(begin),
      expiresAt: momentText(begin + 3_600_000),
      grantPhase: 'Ended',
      due: { draft: '2026-02-22T12:00:00Z', review: '2026-02-23T23:00:00Z' },
      overdue: [],
      uses,
      conditions: [
        {
          type: 'Resolved',
          status: 'False',
          reason: 'Open',
          message: 'use 1: it is not as fleet@9c1f2ab3d4e5 declares it (1 differences).',
          lastTransitionTime: momentText(begin),
        },
      ],
      ...status,
    },
  }
}

/** Git has caught up. */
export function resolved(use: JsonObject, minutes = 30): JsonObject {
  const at = momentText(begin + minutes * 60_000)
  return {
    ...use,
    state: 'Committed',
    confirmedAt: momentText(begin + 120_000),
    resolution: {
      kind: 'Promoted',
      repository: 'fleet',
      commit: '9c1f2ab3d4e5'.padEnd(40, '0'),
      at,
    },
  }
}

export const caughtUp = {
  phase: 'Resolved',
  resolvedAt: momentText(begin + 1_800_000),
  conditions: [],
}
