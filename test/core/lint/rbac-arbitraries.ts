import fc from 'fast-check'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { RbacObjects } from '../../../src/core/lint/rbac/bindings.ts'
import type { Access } from '../../../src/core/lint/rbac/access.ts'

// A small world in which roles, bindings and questions meet often.

export const world = {
  namespaces: ['lint-a', 'lint-b'],
  users: ['lint-user', 'lint-other'],
  groups: ['lint-group'],
  accounts: ['robot', 'builder'],
  verbs: ['get', 'create', 'update', 'impersonate', 'bind'],
  apiGroups: ['', 'apps', 'authentication.k8s.io'],
  resources: ['pods', 'secrets', 'deployments', 'userextras'],
  subresources: ['exec', 'scale', 'token'],
  names: ['one', 'two'],
} as const

const resourcePattern = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...world.resources) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...world.resources, '*'), fc.constantFrom(...world.subresources))
      .map(([resource, subresource]) => `${resource}/${subresource}`),
  },
  { weight: 1, arbitrary: fc.constant('*') },
)

function some<T>(values: readonly T[], wild: T, max = 3): fc.Arbitrary<T[]> {
  const one = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: fc.constant(wild) },
  )
  return fc.uniqueArray(one, { minLength: 1, maxLength: max })
}

const rule = fc.record({
  verbs: some<string>(world.verbs, '*'),
  apiGroups: some<string>(world.apiGroups, '*', 2),
  resources: fc.uniqueArray(resourcePattern, { minLength: 1, maxLength: 3 }),
  resourceNames: fc.oneof(
    { weight: 3, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.constantFrom(...world.names), { minLength: 1 }) },
  ),
})

const rules = fc.array(rule, { minLength: 1, maxLength: 2 })

/** As the API server takes them: the namespace of an account is always written. */
const subject: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constantFrom(...world.users).map((name) => ({ ...rbacKind('User'), name })),
  fc.constantFrom(...world.groups).map((name) => ({ ...rbacKind('Group'), name })),
  fc
    .tuple(fc.constantFrom(...world.namespaces), fc.constantFrom(...world.accounts))
    .map(([namespace, name]) => ({ kind: 'ServiceAccount', namespace, name })),
)

const subjects = fc.array(subject, { minLength: 1, maxLength: 2 })
const count = 3
const index = fc.integer({ min: 0, max: count - 1 })

function rbacKind(kind: string): JsonObject {
  return { kind, apiGroup: group }
}

const group = 'rbac.authorization.k8s.io'
const apiVersion = `${group}/v1`

/** Three roles and ClusterRoles, some bindings of each; a few of them to roles that do not exist. */
export const rbacObjects: fc.Arbitrary<RbacObjects> = fc
  .record({
    clusterRules: fc.array(rules, { minLength: count, maxLength: count }),
    localRules: fc.array(fc.tuple(fc.constantFrom(...world.namespaces), rules), {
      minLength: count,
      maxLength: count,
    }),
    clusterBindings: fc.array(fc.tuple(index, subjects), { maxLength: 2 }),
    localBindings: fc.array(
      fc.tuple(
        fc.constantFrom(...world.namespaces),
        fc.constantFrom('Role', 'ClusterRole'),
        index,
        subjects,
      ),
      { maxLength: 4 },
    ),
  })
  .map(({ clusterRules, localRules, clusterBindings, localBindings }) => ({
    clusterRoles: clusterRules.map((all, i) => object('ClusterRole', `lint-${i}`, { rules: all })),
    roles: localRules.map(([namespace, all], i) =>
      object('Role', `lint-${i}`, { rules: all }, namespace),
    ),
    clusterRoleBindings: clusterBindings.map(([role, all], i) =>
      object('ClusterRoleBinding', `lint-${i}`, {
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: `lint-${role}` },
        subjects: all,
      }),
    ),
    roleBindings: localBindings.map(([namespace, kind, role, all], i) =>
      object(
        'RoleBinding',
        `lint-${i}`,
        { roleRef: { apiGroup: group, kind, name: `lint-${role}` }, subjects: all },
        namespace,
      ),
    ),
  }))

function object(kind: string, name: string, rest: object, namespace?: string): JsonObject {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) }
  return { apiVersion, kind, metadata, ...rest } as JsonObject
}

export const access: fc.Arbitrary<Access> = fc.record({
  verb: fc.constantFrom(...world.verbs, 'delete'),
  group: fc.constantFrom(...world.apiGroups, 'batch'),
  resource: fc.constantFrom(...world.resources, 'nodes'),
  subresource: fc.constantFrom('', '', ...world.subresources),
  namespace: fc.constantFrom('', ...world.namespaces),
  name: fc.constantFrom('', ...world.names, 'three'),
})

export interface Somebody {
  readonly username: string
  readonly groups: readonly string[]
}

export const somebody: fc.Arbitrary<Somebody> = fc.oneof(
  fc.record({
    username: fc.constantFrom(...world.users),
    groups: fc.subarray([...world.groups]),
  }),
  fc
    .tuple(fc.constantFrom(...world.namespaces), fc.constantFrom(...world.accounts))
    .map(([namespace, name]) => ({
      username: `system:serviceaccount:${namespace}:${name}`,
      groups: [],
    })),
)
