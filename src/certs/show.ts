import type { X509Certificate } from 'node:crypto'
import path from 'node:path'
import { renewalReason } from './authority.ts'
import {
  clientLayout,
  readDirectory,
  serverLayout,
  type DirectoryLayout,
} from './directory-store.ts'
import { leafRenewalReason } from './leaf.ts'
import { day, renewAt, validityProblem } from './lifetime.ts'
import { readCertificatesOrNone } from './pem.ts'
import { namesOf, profileOf, subjectOf } from './profile.ts'
import { readText } from './read-text.ts'
import { chainProblem, leafFault, pairProblem } from './serving.ts'
import type { CertificateMaterial } from './store.ts'

/** One certificate for people and for `-o json`; dates are RFC 3339. */
export interface CertificateSummary {
  /** Empty for a server: its names are all it has. */
  readonly subject: string
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly issuer: string
  readonly serialNumber: string
  readonly fingerprint: string
  readonly notBefore: string
  readonly notAfter: string
  readonly renewAt: string
  /** Whole days, rounded down; negative once it is over. */
  readonly daysLeft: number
  /** Outside its dates. */
  readonly problem?: string
}

export interface SetReport {
  readonly set: DirectoryLayout['label']
  /** `foreign`: somebody else renews it, for example cert-manager. */
  readonly origin: 'own' | 'foreign'
  /** The present one first. */
  readonly authorities: readonly CertificateSummary[]
  readonly leaf?: CertificateSummary
  /** Absent where no authority is given that the leaf could lead to. */
  readonly chainOk?: boolean
  /** Everything that is wrong or due; empty when nothing needs doing. */
  readonly problems: readonly string[]
}

interface SetContext {
  readonly set: DirectoryLayout['label']
  readonly origin: SetReport['origin']
  readonly now: number
}

/** The sets that the directory holds: none, server, or server and client. */
export async function show(options: {
  readonly dir: string
  readonly now: () => number
}): Promise<readonly SetReport[]> {
  const reports: SetReport[] = []
  for (const layout of [serverLayout, clientLayout]) {
    const own = await readDirectory({ dir: options.dir, layout })
    const origin = own === undefined ? 'foreign' : 'own'
    const material = own?.material ?? (await readFiles(options.dir, layout))
    if (material.certificatePem === '') continue
    reports.push(describeSet(material, { set: layout.label, origin, now: options.now() }))
  }
  return reports
}

function describeSet(material: CertificateMaterial, context: SetContext): SetReport {
  const { set, origin, now } = context
  const authorities = readCertificatesOrNone(material.caBundlePem)
  const chain = readCertificatesOrNone(material.certificatePem)
  const [leaf] = chain
  const isForeign = origin === 'foreign'
  const isJudged = !isForeign || material.caBundlePem !== ''
  const broken = isJudged ? bundleProblem(chain, authorities, now) : undefined
  const problems = [
    isForeign ? undefined : authorityProblem(material, now),
    broken,
    isForeign ? foreignProblem(leaf, material, context) : leafProblem(leaf, material, context),
  ]
  return {
    set,
    origin,
    authorities: authorities.map((certificate) => summarize(certificate, now)),
    ...(leaf === undefined ? {} : { leaf: summarize(leaf, now) }),
    ...(isJudged ? { chainOk: leaf !== undefined && broken === undefined } : {}),
    problems: problems.filter((problem) => problem !== undefined),
  }
}

function summarize(certificate: X509Certificate, now: number): CertificateSummary {
  const problem = validityProblem(certificate, now)
  return {
    subject: subjectOf(certificate),
    ...namesOf(certificate),
    issuer: certificate.issuer,
    serialNumber: certificate.serialNumber.toLowerCase(),
    fingerprint: certificate.fingerprint256,
    notBefore: certificate.validFromDate.toISOString(),
    notAfter: certificate.validToDate.toISOString(),
    renewAt: new Date(renewAt(certificate)).toISOString(),
    daysLeft: Math.floor((certificate.validToDate.getTime() - now) / day),
    ...(problem === undefined ? {} : { problem }),
  }
}

async function readFiles(dir: string, layout: DirectoryLayout): Promise<CertificateMaterial> {
  const read = async (name: string) => (await readText(path.join(dir, name))) ?? ''
  return {
    caBundlePem: await read(layout.files.caBundlePem),
    caKeyPem: '',
    certificatePem: await read(layout.files.certificatePem),
    keyPem: await read(layout.files.keyPem),
  }
}

function bundleProblem(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: number,
): string | undefined {
  if (authorities.length === 0) return 'there is no authority that can be read'
  return chainProblem(chain, authorities, now)
}

function authorityProblem(material: CertificateMaterial, now: number): string | undefined {
  const reason = renewalReason({
    certificatePem: material.caBundlePem,
    keyPem: material.caKeyPem,
    now,
  })
  return reason === undefined ? undefined : `the authority needs replacing: ${reason}`
}

function leafProblem(
  leaf: X509Certificate | undefined,
  material: CertificateMaterial,
  { set, now }: SetContext,
): string | undefined {
  const [authority] = readCertificatesOrNone(material.caBundlePem)
  if (leaf === undefined || authority === undefined) return 'there is no certificate to judge'
  const reason = leafRenewalReason({
    leaf: material,
    authorityPem: authority.toString(),
    profile: profileOf(leaf, set),
    now,
  })
  return reason === undefined ? undefined : `the certificate needs replacing: ${reason}`
}

function foreignProblem(
  leaf: X509Certificate | undefined,
  material: CertificateMaterial,
  { set, now }: SetContext,
): string | undefined {
  if (leaf === undefined) return 'the certificate cannot be read'
  return pairProblem(leaf, material.keyPem) ?? leafFault(leaf, { now, kind: set })
}
