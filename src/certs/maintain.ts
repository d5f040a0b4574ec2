import { X509Certificate } from 'node:crypto'
import {
  authorityFault,
  createAuthority,
  crossSign,
  isIssuedBy,
  renewalReason,
  type KeyedCertificate,
} from './authority.ts'
import { issueLeaf, leafRenewalReason } from './leaf.ts'
import { day, issuedAt, leafLife, validityProblem } from './lifetime.ts'
import type { Mint } from './mint.ts'
import { joinPem, readCertificatesOrNone } from './pem.ts'
import { parseProfile, type LeafProfile } from './profile.ts'
import type { CertificateMaterial } from './store.ts'

export type Rotation =
  /** A new leaf from the present authority. */
  | 'leaf'
  /** A new authority and a new leaf; the old authority stays in the bundle for its leaves. */
  | 'authority'
  /** As `authority`, but the old ones are distrusted at once: their key has leaked. */
  | 'distrust'

export interface MaintainOptions {
  readonly profile: LeafProfile
  readonly now: number
  readonly mint: Mint
  /** Renew although nothing asks for it. */
  readonly rotation?: Rotation
}

export interface Maintained {
  readonly material: CertificateMaterial
  /** What was done and why, for people; empty when the material is as it was. */
  readonly changes: readonly string[]
}

interface AuthorityState {
  readonly authority: KeyedCertificate
  /** Newest first. */
  readonly retired: readonly X509Certificate[]
  readonly cross: X509Certificate | undefined
  readonly changes: readonly string[]
}

/** A replica that has lost sight of the store still serves an old leaf: longer than any lives. */
const retention = Math.max(day, leafLife)

/** Brings the material to what it has to be at `now`: the whole life cycle is this function. */
export async function maintain(
  material: CertificateMaterial | undefined,
  options: MaintainOptions,
): Promise<Maintained> {
  const profile = parseProfile(options.profile)
  const state = await ensureAuthority(material, options)
  const { authority } = state
  const stored = material && { certificatePem: material.certificatePem, keyPem: material.keyPem }
  const reason =
    options.rotation === undefined
      ? leafRenewalReason({
          leaf: stored,
          authorityPem: authority.certificatePem,
          profile,
          now: options.now,
        })
      : 'it was asked for'
  const issued =
    reason === undefined ? undefined : await issueLeaf({ ...options, profile, authority })
  const changes =
    reason === undefined ? state.changes : [...state.changes, `issued a certificate: ${reason}`]
  if (material !== undefined && changes.length === 0) return { material, changes }
  const leaf = issued ?? { certificatePem: '', keyPem: '', ...stored }
  return { material: assemble(state, leaf), changes }
}

function assemble(state: AuthorityState, leaf: KeyedCertificate): CertificateMaterial {
  const authority = new X509Certificate(state.authority.certificatePem)
  const chain = [new X509Certificate(leaf.certificatePem)]
  return {
    caBundlePem: joinPem([authority, ...state.retired]),
    caKeyPem: state.authority.keyPem,
    certificatePem: joinPem(state.cross === undefined ? chain : [...chain, state.cross]),
    keyPem: leaf.keyPem,
  }
}

async function ensureAuthority(
  material: CertificateMaterial | undefined,
  options: MaintainOptions,
): Promise<AuthorityState> {
  const bundle = readCertificatesOrNone(material?.caBundlePem)
  const [present] = bundle
  if (material === undefined || present === undefined) {
    return replaceAuthority(material, bundle, { ...options, reason: 'there is none' })
  }
  const reason =
    renewalReason({
      certificatePem: material.caBundlePem,
      keyPem: material.caKeyPem,
      now: options.now,
    }) ?? whetherAsked(options.rotation)
  if (reason !== undefined) return replaceAuthority(material, bundle, { ...options, reason })
  return keepAuthority(material, { bundle, present, now: options.now })
}

function whetherAsked(rotation: Rotation | undefined): string | undefined {
  return rotation === 'authority' || rotation === 'distrust' ? 'it was asked for' : undefined
}

function keepAuthority(
  material: CertificateMaterial,
  {
    bundle,
    present,
    now,
  }: {
    readonly bundle: readonly X509Certificate[]
    readonly present: X509Certificate
    readonly now: number
  },
): AuthorityState {
  const retired = stillTrusted(bundle, now)
  return {
    authority: { certificatePem: present.toString(), keyPem: material.caKeyPem },
    retired,
    cross: readCertificatesOrNone(material.certificatePem)
      .slice(1)
      .find((cross) => joins(cross, present, retired)),
    changes:
      retired.length === bundle.length - 1
        ? []
        : ['dropped an old authority: none of its certificates can be in use any more'],
  }
}

async function replaceAuthority(
  material: CertificateMaterial | undefined,
  bundle: readonly X509Certificate[],
  options: MaintainOptions & { readonly reason: string },
): Promise<AuthorityState> {
  const authority = await createAuthority(options)
  const changes = [`created an authority: ${options.reason}`]
  if (options.rotation === 'distrust') return { authority, retired: [], cross: undefined, changes }
  const successor = new X509Certificate(authority.certificatePem)
  return {
    authority,
    retired: stillTrusted([successor, ...bundle], options.now),
    cross: await crossSignIfPossible(authority, { material, present: bundle[0], options }),
    changes,
  }
}

/** Only an old authority that is whole and within its dates can vouch for the new one. */
async function crossSignIfPossible(
  authority: KeyedCertificate,
  before: {
    readonly material: CertificateMaterial | undefined
    readonly present: X509Certificate | undefined
    readonly options: MaintainOptions
  },
): Promise<X509Certificate | undefined> {
  const { material, present, options } = before
  if (material === undefined || present === undefined) return undefined
  if (validityProblem(present, options.now) !== undefined) return undefined
  const predecessor = { certificatePem: present.toString(), keyPem: material.caKeyPem }
  // Its age may be why there is a new one; nothing else may be wrong with it.
  if (authorityFault(predecessor) !== undefined) return undefined
  return new X509Certificate(await crossSign({ ...options, authority, predecessor }))
}

/** Those after the first whose leaves may live: each was replaced by the one before it. */
function stillTrusted(bundle: readonly X509Certificate[], now: number): readonly X509Certificate[] {
  return bundle.filter((certificate, index) => {
    const successor = bundle[index - 1]
    if (successor === undefined || !certificate.ca) return false
    if (now > certificate.validToDate.getTime()) return false
    return now < issuedAt(successor) + retention
  })
}

function joins(
  cross: X509Certificate,
  present: X509Certificate,
  retired: readonly X509Certificate[],
): boolean {
  return (
    cross.subject === present.subject && retired.some((authority) => isIssuedBy(cross, authority))
  )
}
