import type { DeclaredObject } from '../provenance/declarations.ts'
import type { Case } from './case.ts'

/** The command that makes the commit, where one file says what a person wants to have said. */
export function proposal(one: Case, declared: DeclaredObject | undefined): string {
  const { who, scope, request } = one
  const isPerson = who.kind === 'human' && !request.user.username.startsWith('system:')
  if (!isPerson || scope.mode !== 'enforce' || !isManifest(one)) return ''
  const isPossible = declared === undefined ? isNew(one) : isInOneFile(declared)
  return isPossible ? 'solewriter propose -f FILE makes the commit.' : ''
}

/** Something that people write down, and that has a place in Git. */
function isManifest({ request, resource }: Case): boolean {
  const { operation, subresource } = request
  if (subresource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE')) return false
  return resource !== 'secrets' && resource !== 'pods'
}

function isNew({ request, policy }: Case): boolean {
  return request.operation === 'CREATE' && policy.spec.repositories.length > 0
}

function isInOneFile({ plans, isEncrypted, isCreated }: DeclaredObject): boolean {
  const isPlain = plans.every(({ renderer }) => renderer === 'plain')
  return isPlain && isEncrypted !== true && isCreated !== true
}
