import { watch } from 'node:fs'
import path from 'node:path'
import { GuardError } from '../core/errors.ts'
import { readText } from './read-text.ts'
import { toServingCertificate, type ServingCertificate } from './serving.ts'
import { createSource, type CertificateSource } from './source.ts'

const everyTenSeconds = 10_000
const mostAttempts = 5

export interface FileSourceOptions {
  readonly certificateFile: string
  readonly keyFile: string
  /** If given, the certificate must lead to one of these authorities. */
  readonly caFile?: string
  /** Names by which clients connect: each has to be in the SAN. */
  readonly dnsNames?: readonly string[]
  readonly now: () => number
  readonly onFailure: (error: GuardError) => void
  readonly pollMs?: number
}

interface Texts {
  readonly certificatePem: string
  readonly keyPem: string
  readonly caBundlePem?: string
}

/** A certificate that somebody else renews: cert-manager, a mounted Secret, an operator. */
export function createFileSource(options: FileSourceOptions): CertificateSource {
  return createSource({
    read: () => readServing(options),
    pollMs: options.pollMs ?? everyTenSeconds,
    onFailure: options.onFailure,
    watch: (changed) => watchDirectories(options, changed),
  })
}

async function readServing(options: FileSourceOptions): Promise<ServingCertificate> {
  const texts = await readSettled(options)
  const { dnsNames } = options
  try {
    return toServingCertificate(texts, {
      now: options.now(),
      ...(dnsNames === undefined ? {} : { dnsNames }),
    })
  } catch (cause) {
    const why = cause instanceof GuardError ? cause.message : 'it cannot be used'
    throw new GuardError('CertificateInvalid', `${options.certificateFile}: ${why}`, { cause })
  }
}

/** The same twice: files that are being swapped or written are never mixed. */
async function readSettled(options: FileSourceOptions): Promise<Texts> {
  let before = await readAll(options)
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const after = await readAll(options)
    if (isSame(before, after)) return after
    before = after
  }
  throw new GuardError(
    'CertificateUnreadable',
    `${options.certificateFile} changes while it is being read`,
  )
}

async function readAll(options: FileSourceOptions): Promise<Texts> {
  const certificatePem = await readFile(options.certificateFile)
  const keyPem = await readFile(options.keyFile)
  if (options.caFile === undefined) return { certificatePem, keyPem }
  return { certificatePem, keyPem, caBundlePem: await readFile(options.caFile) }
}

async function readFile(file: string): Promise<string> {
  const text = await readText(file)
  if (text !== undefined) return text
  throw new GuardError('CertificateUnreadable', `cannot read ${file}: there is no such file`)
}

function isSame(left: Texts, right: Texts): boolean {
  return (
    left.certificatePem === right.certificatePem &&
    left.keyPem === right.keyPem &&
    left.caBundlePem === right.caBundlePem
  )
}

/**
 * The directories, not the files: the kubelet swaps the link `..data` beside them. Where watching
 * is not possible (no directory yet, no watches left) or goes blind (the directory is replaced),
 * polling is what remains.
 */
function watchDirectories(options: FileSourceOptions, changed: () => void): () => void {
  const files = [options.certificateFile, options.keyFile, options.caFile]
  const given = files.filter((file) => file !== undefined)
  const directories = new Set(given.map((file) => path.dirname(file)))
  const watchers = [...directories].flatMap((directory) => {
    try {
      return [watch(directory, changed).on('error', () => {})]
    } catch {
      return []
    }
  })
  return () => {
    for (const watcher of watchers) watcher.close()
  }
}
