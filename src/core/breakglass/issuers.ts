import type { BreakGlassIssuer, Policy } from '../policy/schema.ts'
import { readKeys, type PinnedKeys } from './keys.ts'
import type { TrustedIssuer } from './token.ts'

/**
 * The issuers of a policy by `iss`, those apart whose keys nobody has: their tokens are an unknown
 * issuer's. `keysOf` answers for issuers whose keys are not in the policy itself.
 */
export function trustedIssuers(
  policy: Policy,
  keysOf: (issuer: BreakGlassIssuer) => PinnedKeys | undefined,
): ReadonlyMap<string, TrustedIssuer> {
  const trusted = policy.spec.breakGlass.issuers.flatMap((issuer): [string, TrustedIssuer][] => {
    const keys = inlineKeys(issuer) ?? keysOf(issuer)
    if (keys === undefined) return []
    const limits = new Map(issuer.keys.map(({ kid, ...rest }) => [kid, rest]))
    return [[issuer.issuer, { name: issuer.name, keys, limits }]]
  })
  return new Map(trusted)
}

function inlineKeys({ jwks }: BreakGlassIssuer): PinnedKeys | undefined {
  const read = jwks === undefined ? undefined : readKeys(JSON.stringify(jwks))
  return read?.kind === 'keys' ? read.keys : undefined
}
