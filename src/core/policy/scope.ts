import type { Mode, Policy, Scope } from './schema.ts'

export interface ScopeTarget {
  /** `deployments.apps/scale`, see resourceName. */
  readonly resource: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

export interface ScopeMatch {
  readonly mode: Mode
  /** Position in `spec.scopes`; undefined where `spec.mode` decides. */
  readonly index: number | undefined
}

/** First match wins; what no scope matches is in `spec.mode`. */
export function scopeFor(policy: Policy, target: ScopeTarget): ScopeMatch {
  const namespace = namespaceOf(target)
  const { scopes, mode } = policy.spec
  const index = scopes.findIndex((scope) => matches(scope, target.resource, namespace))
  return { mode: scopes[index]?.mode ?? mode, index: index < 0 ? undefined : index }
}

/** Protected objects are guarded everywhere once this holds. */
export function enforcesAnywhere(policy: Policy): boolean {
  return [policy.spec, ...policy.spec.scopes].some(
    ({ mode }) => mode === 'enforce' || mode === 'sealed',
  )
}

/** Names, or patterns in which `*` stands for any characters. Cluster-scoped objects match none. */
export function namespaceMatches(patterns: readonly string[], namespace: string): boolean {
  return namespace !== '' && patterns.some((pattern) => globMatches(pattern, namespace))
}

/** A Namespace belongs to itself, also when it is created and the API server names no namespace. */
export function namespaceOf(target: ScopeTarget): string {
  if (target.namespace !== '') return target.namespace
  return target.resource.split('/')[0] === 'namespaces' ? target.name : ''
}

function matches(scope: Scope, resource: string, namespace: string): boolean {
  if (scope.namespaces !== undefined && !namespaceMatches(scope.namespaces, namespace)) return false
  if (scope.resources === undefined) return true
  const [main = ''] = resource.split('/')
  return scope.resources.includes(resource) || scope.resources.includes(main)
}

/** Without a regular expression: patterns come from outside, and `*a*a*a*b` must stay cheap. */
function globMatches(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return pattern === text
  if (!text.startsWith(head) || !text.endsWith(tail)) return false
  let from = head.length
  for (const part of rest) {
    const found = text.indexOf(part, from)
    if (found < 0) return false
    from = found + part.length
  }
  return from <= text.length - tail.length
}
