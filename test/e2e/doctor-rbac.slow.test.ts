import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { mayDo, type Access } from '../../src/core/lint/rbac/access.ts'
import { readBindings, type RbacObjects } from '../../src/core/lint/rbac/bindings.ts'
import { builtInPowers } from '../../src/core/lint/rbac/built-in-powers.ts'
import { usernameOf } from '../../src/core/lint/rbac/holders.ts'
import { findHolders } from '../../src/core/lint/rbac/findings.ts'
import { at } from '../../src/core/manifest/json.ts'
import { listObjects } from '../../src/kubernetes/list-objects.ts'
import {
  access,
  rbacObjects,
  somebody,
  world,
  type Somebody,
} from '../core/lint/rbac-arbitraries.ts'
import { startApiCluster, type ApiCluster } from './api-cluster.ts'

// What we make of roles and bindings, against the authorizer of a real API server.

const rounds = 12
const questions = 80
const group = 'rbac.authorization.k8s.io'

let ground: ApiCluster

before(async () => {
  ground = await startApiCluster()
  for (const name of world.namespaces) {
    await ground.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }
})

after(() => ground.end())

async function list(resource: string) {
  const where = { group, version: 'v1', resource, namespace: '' }
  const found = await listObjects(ground.api, where)
  assert.ok(found.kind === 'found')
  return found.value
}

async function liveObjects(): Promise<RbacObjects> {
  return {
    roles: await list('roles'),
    clusterRoles: await list('clusterroles'),
    roleBindings: await list('rolebindings'),
    clusterRoleBindings: await list('clusterrolebindings'),
  }
}

function collection({ kind, metadata }: Described): string {
  const plural = `${kind.toLowerCase()}s`
  const place = metadata.namespace === undefined ? '' : `namespaces/${metadata.namespace}/`
  return `/apis/${group}/v1/${place}${plural}`
}

interface Described {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

async function write(method: 'POST' | 'DELETE', objects: RbacObjects): Promise<void> {
  const all = [
    ...objects.clusterRoles,
    ...objects.roles,
    ...objects.clusterRoleBindings,
    ...objects.roleBindings,
  ]
  for (const object of all) {
    const described = object as unknown as Described
    const path = collection(described)
    const { status, body } = await ground.api.send(
      method === 'POST'
        ? { method, path, body: object }
        : { method, path: `${path}/${described.metadata.name}` },
    )
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(at(body, 'message'))}`)
  }
}

async function serverAllows(user: Somebody, asked: Access): Promise<boolean> {
  const { username, groups } = user
  const { body, status } = await ground.api.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: username, groups: [...groups], resourceAttributes: { ...asked } },
    },
  })
  assert.equal(status, 201)
  return at(body, 'status', 'allowed') === true
}

/** The authorizer reads a copy that follows what is stored. */
async function isFollowed(objects: RbacObjects, user: Somebody): Promise<boolean> {
  const bindings = readBindings(objects)
  const probe = fc.sample(access, { seed: 7, numRuns: 30 })
  const answers = await Promise.all(probe.map((asked) => serverAllows(user, asked)))
  return probe.every((asked, i) => mayDo(bindings, user, asked) === answers[i])
}

/** Questions that some rule may well answer with yes. */
function pointed(planted: RbacObjects): readonly (readonly [Somebody, Access])[] {
  return readBindings(planted).flatMap(({ namespace, subjects, rules }) =>
    subjects.flatMap((subject) =>
      rules.map(({ verbs, apiGroups, resources, resourceNames }) => {
        const [written = ''] = resources
        const [resource = '', subresource = ''] = written.split('/')
        const isGroup = subject.kind === 'Group'
        const user = isGroup
          ? { username: 'lint-nobody', groups: [subject.name] }
          : { username: usernameOf(subject), groups: [] }
        const asked = {
          verb: named(verbs[0], 'get'),
          group: named(apiGroups[0], 'apps'),
          resource: named(resource, 'pods'),
          subresource,
          namespace,
          name: resourceNames[0] ?? '',
        }
        return [user, asked] as const
      }),
    ),
  )
}

function named(written: string | undefined, instead: string): string {
  return written === undefined || written === '*' ? instead : written
}

test('every question has the answer of the API server', async () => {
  let allowed = 0
  for (const [round, planted] of fc.sample(rbacObjects, { seed: 11, numRuns: rounds }).entries()) {
    await write('POST', planted)
    const live = await liveObjects()
    const bindings = readBindings(live)
    const pairs = fc.sample(fc.tuple(somebody, access), { seed: round, numRuns: questions })
    const [first] = pairs
    assert.ok(first !== undefined)
    for (let i = 0; i < 50 && !(await isFollowed(live, first[0])); i += 1) {
      await sleep(100)
    }
    for (const [user, asked] of [...pairs, ...pointed(planted)]) {
      const expected = await serverAllows(user, asked)
      if (expected) allowed += 1
      const said = JSON.stringify({ round, user, asked })
      assert.equal(mayDo(bindings, user, asked), expected, said)
    }
    await write('DELETE', planted)
  }
  assert.ok(allowed > 50, `only ${allowed} were allowed: little was shown`)
})

test('the powers of the control plane are those of the table, no more and no less', async () => {
  const found = findHolders(await liveObjects(), {
    namespace: 'solewriter-system',
    configuration: 'solewriter',
    policy: undefined,
    identities: new Set(['kube-system', 'solewriter-system']),
    isGuarded: false,
  })
  const measured = new Map<string, Set<string>>()
  for (const { facts, kind } of found) {
    const name = String(facts['binding'])
    if (!name.startsWith('system:')) continue
    measured.set(name, (measured.get(name) ?? new Set()).add(kind))
    assert.equal(facts['standing'], 'built-in', `${name}: ${kind}`)
  }
  const sorted = (table: Iterable<readonly [string, Iterable<string>]>) =>
    Object.fromEntries(Array.from(table, ([name, kinds]) => [name, [...kinds].toSorted()] as const))
  assert.deepEqual(sorted(measured), sorted(builtInPowers))
})
