import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mayDo, type Access } from '../../../src/core/lint/rbac/access.ts'
import { readBindings, type RbacObjects } from '../../../src/core/lint/rbac/bindings.ts'
import { listAt } from '../../../src/core/exceptions/conditions/metadata.ts'
import { at, stringAt, type Json } from '../../../src/core/manifest/json.ts'
import { access, rbacObjects, somebody, world, type Somebody } from './rbac-arbitraries.ts'

// Another way to the same answer: everything that a binding gives is spelt out first, one line for
// each verb, group, resource, namespace and name of the small world, and then looked up. A real API
// server is asked the same in test/e2e/doctor-rbac.slow.test.ts.

const anyName = ['', ...world.names, 'three']
const everyVerb = [...world.verbs, 'delete']
const everyGroup = [...world.apiGroups, 'batch']
const everyResource = [...world.resources, 'nodes'].flatMap((resource) => [
  resource,
  ...world.subresources.map((subresource) => `${resource}/${subresource}`),
])

function spelt(rule: Json, namespaces: readonly string[]): string[] {
  const texts = (key: string) => listAt(rule, key).map(String)
  const verbs = texts('verbs').flatMap((verb) => (verb === '*' ? everyVerb : [verb]))
  const groups = texts('apiGroups').flatMap((one) => (one === '*' ? everyGroup : [one]))
  const resources = texts('resources').flatMap((one) => {
    if (one === '*') return everyResource
    return one.startsWith('*/')
      ? everyResource.filter((each) => each.endsWith(one.slice(1)))
      : [one]
  })
  const names = texts('resourceNames').length === 0 ? anyName : texts('resourceNames')
  return verbs.flatMap((verb) =>
    groups.flatMap((group) =>
      resources.flatMap((resource) =>
        namespaces.flatMap((namespace) =>
          names.map((name) => [verb, group, resource, namespace, name].join(' ')),
        ),
      ),
    ),
  )
}

function modelAllows(objects: RbacObjects, user: Somebody, asked: Access): boolean {
  const resource = [asked.resource, asked.subresource].filter((part) => part !== '').join('/')
  const line = [asked.verb, asked.group, resource, asked.namespace, asked.name].join(' ')
  const subjects = [
    `User ${user.username}`,
    ...user.groups.map((group) => `Group ${group}`),
    user.username.replace(/^system:serviceaccount:(.+):(.+)$/, 'ServiceAccount $1 $2'),
  ]
  const all = [...objects.clusterRoleBindings, ...objects.roleBindings]
  return all.some((binding) => {
    const isOurs = listAt(binding, 'subjects').some((one) => {
      const parts = ['kind', 'namespace', 'name'].map((key) => stringAt(one, key) ?? '')
      return subjects.includes(parts.filter((part) => part !== '').join(' '))
    })
    if (!isOurs) return false
    const namespace = stringAt(binding, 'metadata', 'namespace')
    const kind = stringAt(binding, 'roleRef', 'kind')
    const role = [...objects.clusterRoles, ...objects.roles].find(
      (one) =>
        one['kind'] === kind &&
        at(one, 'metadata', 'name') === at(binding, 'roleRef', 'name') &&
        (kind === 'ClusterRole' || stringAt(one, 'metadata', 'namespace') === namespace),
    )
    const namespaces = namespace === undefined ? ['', ...world.namespaces] : [namespace]
    return listAt(role, 'rules').some((rule) => spelt(rule, namespaces).includes(line))
  })
}

test('the answer is that of everything spelt out', () => {
  let allowed = 0
  fc.assert(
    fc.property(rbacObjects, somebody, access, (objects, user, asked) => {
      const expected = modelAllows(objects, user, asked)
      if (expected) allowed += 1
      assert.equal(mayDo(readBindings(objects), user, asked), expected)
    }),
    { numRuns: 5_000 },
  )
  assert.ok(allowed > 100, `only ${allowed} were allowed: nothing was shown`)
})

test('a RoleBinding gives nothing of the cluster, and nothing in other namespaces', () => {
  fc.assert(
    fc.property(rbacObjects, somebody, access, (objects, user, asked) => {
      const bindings = readBindings({ ...objects, clusterRoleBindings: [] })
      if (asked.namespace === '') assert.equal(mayDo(bindings, user, asked), false)
    }),
  )
})
