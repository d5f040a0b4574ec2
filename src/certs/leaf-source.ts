import { GuardError } from '../core/errors.ts'
import { maintain } from './maintain.ts'
import { systemMint, type Mint } from './mint.ts'
import { parseProfile, type LeafProfile } from './profile.ts'
import { toServingCertificate, type ServingCertificate } from './serving.ts'
import { createSource, type CertificateSource } from './source.ts'
import type { AuthorityStore, CertificateMaterial } from './store.ts'

const everyMinute = 60_000
/** Each conflict means that another replica got on, so a handful is plenty. */
const mostAttempts = 5

export interface LeafSourceOptions {
  readonly store: AuthorityStore
  readonly profile: Extract<LeafProfile, { kind: 'server' }>
  readonly now: () => number
  readonly onFailure: (error: GuardError) => void
  /** What was created, renewed or dropped, and why. */
  readonly onRenewed?: (changes: readonly string[]) => void
  readonly pollMs?: number
  readonly mint?: Mint
}

/** Keeps an authority and its leaf in a store: creates, renews, rotates. Throws on a bad profile. */
export function createLeafSource(options: LeafSourceOptions): CertificateSource {
  parseProfile(options.profile)
  return createSource({
    read: () => readLeaf(options),
    pollMs: options.pollMs ?? everyMinute,
    onFailure: options.onFailure,
  })
}

async function readLeaf(options: LeafSourceOptions): Promise<ServingCertificate> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const stored = await options.store.load()
    const { material, changes } = await maintain(stored?.material, {
      profile: options.profile,
      now: options.now(),
      mint: options.mint ?? systemMint,
    })
    if (changes.length === 0) return toServing(material, options)
    // Nothing is served before it is stored: of two authorities made at once only one may be seen.
    const outcome = await options.store.save(material, stored?.version)
    if (outcome === 'saved') {
      options.onRenewed?.(changes)
      return toServing(material, options)
    }
  }
  throw new GuardError('CertificateUnreadable', 'others keep changing the stored certificates')
}

function toServing(
  { certificatePem, keyPem, caBundlePem }: CertificateMaterial,
  options: LeafSourceOptions,
): ServingCertificate {
  return toServingCertificate(
    { certificatePem, keyPem, caBundlePem },
    { now: options.now(), dnsNames: options.profile.dnsNames },
  )
}
