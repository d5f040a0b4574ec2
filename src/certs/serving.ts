import type { X509Certificate } from 'node:crypto'
import { GuardError } from '../core/errors.ts'
import { isIssuedBy } from './authority.ts'
import { renewAt, validityProblem } from './lifetime.ts'
import { joinPem, readCertificates, readPrivateKey } from './pem.ts'
import { hasHost, hasPurpose, type LeafProfile } from './profile.ts'

/** A certificate that a listener can serve: everything about it was checked when it was made. */
export interface ServingCertificate {
  /** The leaf first, then its intermediates. */
  readonly certificatePem: string
  readonly keyPem: string
  /** What clients have to trust; absent when whoever provides the certificate does not say. */
  readonly caBundlePem?: string
  readonly serialNumber: string
  /** SHA-256 over the leaf, in hexadecimal with colons. */
  readonly fingerprint: string
  /** Epoch ms. */
  readonly notBefore: number
  readonly notAfter: number
  readonly renewAt: number
}

export interface ServingTexts {
  readonly certificatePem: string
  readonly keyPem: string
  readonly caBundlePem?: string
}

export interface ServingRequirements {
  readonly now: number
  /** Names by which clients connect: each has to be in the SAN. */
  readonly dnsNames?: readonly string[]
}

const longestChain = 8

/** Checks pair, dates, purpose, names and chain; CertificateInvalid says what is wrong. */
export function toServingCertificate(
  texts: ServingTexts,
  requirements: ServingRequirements,
): ServingCertificate {
  const chain = readCertificates(texts.certificatePem)
  const [leaf] = chain
  const problem =
    leaf === undefined
      ? 'there is no certificate'
      : (pairProblem(leaf, texts.keyPem) ??
        leafProblem(leaf, requirements) ??
        bundleProblem(chain, texts.caBundlePem, requirements.now))
  if (leaf === undefined || problem !== undefined) {
    throw new GuardError('CertificateInvalid', problem ?? '')
  }
  return {
    certificatePem: joinPem(chain),
    keyPem: texts.keyPem,
    ...(texts.caBundlePem === undefined ? {} : { caBundlePem: texts.caBundlePem }),
    serialNumber: leaf.serialNumber,
    fingerprint: leaf.fingerprint256,
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    renewAt: renewAt(leaf),
  }
}

/** Whether a path leads from the first certificate to one of the authorities, all within dates. */
export function chainProblem(
  chain: readonly X509Certificate[],
  bundle: readonly X509Certificate[],
  now: number,
): string | undefined {
  const authorities = bundle.filter(
    (authority) => authority.ca && validityProblem(authority, now) === undefined,
  )
  let [last] = chain
  for (let step = 0; step < longestChain && last !== undefined; step += 1) {
    const link: X509Certificate = last
    if (authorities.some((authority) => isIssuedBy(link, authority))) return undefined
    last = chain.find(
      (next) =>
        next !== link &&
        next.ca &&
        validityProblem(next, now) === undefined &&
        isIssuedBy(link, next),
    )
  }
  return 'no path leads from the certificate to one of the authorities'
}

export function pairProblem(leaf: X509Certificate, keyPem: string): string | undefined {
  const key = readPrivateKey(keyPem)
  if (key === undefined) return 'the key cannot be read'
  return leaf.checkPrivateKey(key) ? undefined : 'the key does not belong to the certificate'
}

/** Dates and purpose, whoever issued it. */
export function leafFault(
  leaf: X509Certificate,
  { now, kind }: { readonly now: number; readonly kind: LeafProfile['kind'] },
): string | undefined {
  const validity = validityProblem(leaf, now)
  if (validity !== undefined) return `the certificate is ${validity}`
  return hasPurpose(leaf, kind) ? undefined : `the certificate is not for a ${kind}`
}

function leafProblem(
  leaf: X509Certificate,
  { now, dnsNames }: ServingRequirements,
): string | undefined {
  const fault = leafFault(leaf, { now, kind: 'server' })
  if (fault !== undefined) return fault
  const missing = dnsNames?.find((name) => !hasHost(leaf, name))
  return missing === undefined ? undefined : `the certificate is not for ${missing}`
}

function bundleProblem(
  chain: readonly X509Certificate[],
  caBundlePem: string | undefined,
  now: number,
): string | undefined {
  return caBundlePem === undefined
    ? undefined
    : chainProblem(chain, readCertificates(caBundlePem), now)
}
