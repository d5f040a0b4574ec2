import type { X509Certificate } from 'node:crypto'
import { GuardError } from '../core/errors.ts'

/** Who a leaf is for, and what it must say. */
export type LeafProfile =
  | {
      readonly kind: 'server'
      readonly dnsNames: readonly string[]
      readonly ipAddresses: readonly string[]
    }
  | {
      readonly kind: 'client'
      readonly commonName: string
      readonly organizations?: readonly string[]
    }

const purposes = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
} as const satisfies Record<LeafProfile['kind'], string>

const longestName = 253
const dnsName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/
/** What PrintableString can hold, without what needs escaping in a distinguished name. */
const subjectName = /^[A-Za-z0-9:./-]{1,64}$/

/** A profile with its names in one spelling, or CertificateInvalid with all that is wrong. */
export function parseProfile(profile: LeafProfile): LeafProfile {
  const problems = profile.kind === 'server' ? serverProblems(profile) : clientProblems(profile)
  if (problems.length > 0) throw new GuardError('CertificateInvalid', problems.join('; '))
  if (profile.kind === 'client') return profile
  return {
    kind: 'server',
    dnsNames: unique(profile.dnsNames),
    ipAddresses: unique(profile.ipAddresses.map((address) => spellAddress(address) ?? address)),
  }
}

export function hasPurpose(certificate: X509Certificate, kind: LeafProfile['kind']): boolean {
  // A certificate without extended key usage may be used for anything (RFC 5280 4.2.1.12), but a
  // private authority that leaves it out is more likely a mistake: it must be there.
  return (certificate.keyUsage as readonly string[] | undefined)?.includes(purposes[kind]) === true
}

/** Exactly these names: one too many is as wrong as one that is missing. */
export function isNamed(certificate: X509Certificate, profile: LeafProfile): boolean {
  if (profile.kind === 'client') {
    const organizations = (profile.organizations ?? []).map((name) => `O=${name}`)
    return subjectOf(certificate) === [`CN=${profile.commonName}`, ...organizations].join('\n')
  }
  const named = namesOf(certificate)
  return (
    same(named.dnsNames, profile.dnsNames) &&
    same(named.ipAddresses, profile.ipAddresses) &&
    profile.dnsNames.every((name) => hasHost(certificate, name)) &&
    profile.ipAddresses.every((address) => certificate.checkIP(address) !== undefined)
  )
}

/** The DNS names and addresses of the SAN; other kinds of names are left out. */
export function namesOf(certificate: X509Certificate): {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
} {
  const text = certificate.subjectAltName ?? ''
  // Node quotes a name that could be mistaken for two. Ours never need that.
  const entries = text.includes('"') ? [] : text.split(', ')
  const after = (prefix: string) =>
    entries.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length))
  return {
    dnsNames: after('DNS:'),
    ipAddresses: after('IP Address:').map((address) => spellAddress(address) ?? address),
  }
}

/** Never by the subject, never by a wildcard: webhook clients connect to exact names. */
export function hasHost(certificate: X509Certificate, name: string): boolean {
  return certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined
}

/** Lines of `TYPE=value`. Node leaves out an empty subject, whatever its types say. */
export function subjectOf(certificate: X509Certificate): string {
  return (certificate.subject as string | undefined) ?? ''
}

/** The profile that a leaf was issued for. */
export function profileOf(certificate: X509Certificate, kind: LeafProfile['kind']): LeafProfile {
  if (kind === 'server') return { kind, ...namesOf(certificate) }
  const lines = subjectOf(certificate).split('\n')
  const after = (prefix: string) =>
    lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length))
  return { kind, commonName: after('CN=')[0] ?? '', organizations: after('O=') }
}

export function describeProfile(profile: LeafProfile): string {
  if (profile.kind === 'client') return profile.commonName
  return [...profile.dnsNames, ...profile.ipAddresses].join(', ')
}

function serverProblems(profile: Extract<LeafProfile, { kind: 'server' }>): readonly string[] {
  if (profile.dnsNames.length + profile.ipAddresses.length === 0) {
    return ['a server needs at least one DNS name or IP address']
  }
  return [
    ...profile.dnsNames
      .filter((name) => name.length > longestName || !dnsName.test(name) || isAddress(name))
      .map((name) => `${JSON.stringify(name.slice(0, 64))} is not a DNS name in lower case`),
    ...profile.ipAddresses
      .filter((address) => !isAddress(address))
      .map((address) => `${JSON.stringify(address.slice(0, 64))} is not an IP address`),
  ]
}

function clientProblems(profile: Extract<LeafProfile, { kind: 'client' }>): readonly string[] {
  return [profile.commonName, ...(profile.organizations ?? [])]
    .filter((name) => !subjectName.test(name))
    .map((name) => `${JSON.stringify(name.slice(0, 64))} cannot be the name of a client`)
}

function isAddress(text: string): boolean {
  return spellAddress(text) !== undefined
}

/** One spelling for each address: `::1`, not `0:0:0:0:0:0:0:1`. */
function spellAddress(text: string): string | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const parts = text.split('.')
    return parts.every((part) => Number(part) <= 255 && String(Number(part)) === part)
      ? text
      : undefined
  }
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(text) || !text.includes(':')) return undefined
  const url = URL.parse(`http://[${text}]`)
  return url?.hostname.slice(1, -1)
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return [...left].sort().join('\n') === [...right].sort().join('\n')
}
