import type { X509Certificate } from 'node:crypto'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** Certificates start a little in the past, for peers whose clocks are behind. */
export const backdate = 5 * minute
export const authorityLife = 365 * day
export const leafLife = 90 * day

/** Two thirds of life: the last third is for noticing that renewal does not work. Epoch ms. */
export function renewAt(certificate: X509Certificate): number {
  const from = certificate.validFromDate.getTime()
  return from + Math.floor(((certificate.validToDate.getTime() - from) * 2) / 3)
}

/** When one of our own certificates was issued. Epoch ms. */
export function issuedAt(certificate: X509Certificate): number {
  return certificate.validFromDate.getTime() + backdate
}

/** RFC 5280 section 4.1.2.5: both ends belong to the validity period. */
export function validityProblem(certificate: X509Certificate, now: number): string | undefined {
  if (now < certificate.validFromDate.getTime()) {
    return `not valid before ${certificate.validFromDate.toISOString()}`
  }
  if (now > certificate.validToDate.getTime()) {
    return `expired at ${certificate.validToDate.toISOString()}`
  }
  return undefined
}

/** Why a certificate of ours has to be replaced for its age alone. */
export function ageProblem(certificate: X509Certificate, now: number): string | undefined {
  const problem = validityProblem(certificate, now)
  if (problem !== undefined) return `it is ${problem}`
  return now < renewAt(certificate) ? undefined : 'two thirds of its life are over'
}
