import { readFileSync } from 'node:fs'
import path from 'node:path'
import { readCertificates } from '../../certs/pem.ts'
import type { RecordTarget } from '../../core/audit/shipment.ts'
import { recordDirectory } from '../../sinks/record-directory.ts'
import { recordPost } from '../../sinks/record-post.ts'
import type { ProcessLog } from '../../telemetry/log.ts'
import { UsageError } from '../exit.ts'

/** A place that records are copied to, as `--to` names it. */
export type TargetSetting =
  | { readonly kind: 'directory'; readonly name: string; readonly directory: string }
  | { readonly kind: 'post'; readonly name: string; readonly url: string }
  | { readonly kind: 'stdout'; readonly name: string }

export interface PostSettings {
  readonly toTokenFile?: string
  readonly toCaFile?: string
}

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Throws UsageError for what is no place, or is there twice. */
export function targetsOf(
  places: readonly string[],
  files: PostSettings,
  at: { readonly absolute: (file: string) => string; readonly recordsDir: string },
): readonly TargetSetting[] {
  const targets = places.map((place) => targetOf(place, at.absolute))
  const names = targets.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) throw new UsageError(`--to ${twice}: is there twice`)
  for (const target of targets) {
    if (target.kind === 'directory' && isInside(target.directory, at.recordsDir)) {
      throw new UsageError(`--to ${target.directory}: the records are there already`)
    }
  }
  checkFiles(targets, files)
  return targets
}

function targetOf(place: string, absolute: (file: string) => string): TargetSetting {
  if (place === 'stdout') return { kind: 'stdout', name: 'stdout' }
  if (/^https?:/i.test(place)) return postTo(place)
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(place) && !place.startsWith('file:')) {
    throw new UsageError(`--to ${place}: file:DIR, https://HOST/PATH, http://HOST/PATH or stdout`)
  }
  const named = place.replace(/^file:(?:\/\/(?=\/))?/, '')
  if (named === '') throw new UsageError('--to file:DIR needs a directory')
  const directory = absolute(named)
  return { kind: 'directory', name: `file:${directory}`, directory }
}

/** The address is a label of metrics: what may be secret in it has no place there. */
function postTo(place: string): TargetSetting {
  const url = URL.canParse(place) ? new URL(place) : undefined
  if (url === undefined) throw new UsageError('--to: an http URL that cannot be read')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    const where = `${url.origin}${url.pathname}`
    throw new UsageError(
      `--to ${where}: no user, password, query or fragment; a token goes into --to-token-file`,
    )
  }
  return { kind: 'post', name: url.href, url: url.href }
}

function checkFiles(
  targets: readonly TargetSetting[],
  { toTokenFile, toCaFile }: PostSettings,
): void {
  const posts = targets.filter((target) => target.kind === 'post')
  if (posts.length === 0 && (toTokenFile ?? toCaFile) !== undefined) {
    throw new UsageError('--to-token-file and --to-ca-file are of no use without --to https://')
  }
  const open = posts.map(({ url }) => new URL(url)).find(isReadOnTheWay)
  if (open !== undefined && toTokenFile !== undefined) {
    throw new UsageError(`--to ${open.href}: a token is sent over https only`)
  }
  if (toTokenFile !== undefined) readOf(toTokenFile)
  if (toCaFile !== undefined) checkAuthorities(toCaFile)
}

function isReadOnTheWay({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && !loopback.has(hostname)
}

function readOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`${file} cannot be read`, { cause })
  }
}

/** What holds none would be taken for no authorities, and every receiver refused without a word on it. */
function checkAuthorities(file: string): void {
  const text = readOf(file)
  try {
    readCertificates(text)
  } catch (cause) {
    throw new UsageError(`--to-ca-file ${file}: ${(cause as Error).message}`, { cause })
  }
}

function isInside(directory: string, other: string): boolean {
  const way = path.relative(other, directory)
  return way === '' || (!way.startsWith('..') && !path.isAbsolute(way))
}

export function openTarget(
  setting: TargetSetting,
  { toTokenFile, toCaFile }: PostSettings,
  { now, log }: { readonly now: () => number; readonly log: ProcessLog },
): RecordTarget {
  switch (setting.kind) {
    case 'directory':
      return recordDirectory(setting.name, setting.directory)
    case 'stdout':
      return toStdout(setting.name, log)
    case 'post':
      return recordPost({
        name: setting.name,
        url: setting.url,
        now,
        ...(toTokenFile === undefined ? {} : { tokenFile: toTokenFile }),
        ...(toCaFile === undefined ? {} : { caFile: toCaFile }),
      })
  }
}

const tenSeconds = 10_000

/** Between the lines of the log. A reader that stalls is not sent the same again and again. */
function toStdout(name: string, log: ProcessLog): RecordTarget {
  let waiting: { readonly key: string; readonly done: Promise<boolean> } | undefined
  return {
    name,
    async deliver({ key, bytes }, signal) {
      if (waiting?.key !== key) {
        const done = log.passOn(bytes.toString('utf8')).then(
          () => true,
          () => false,
        )
        waiting = { key, done }
      }
      const isDone = await inTime(waiting.done, signal)
      if (isDone !== undefined) waiting = undefined
      return isDone === true ? { kind: 'delivered' } : { kind: 'later', why: 'nobody reads it' }
    },
  }
}

/** Undefined where it takes longer. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(tenSeconds)])
  const late = Promise.withResolvers<undefined>()
  limit.addEventListener('abort', () => late.resolve(undefined), { once: true })
  if (limit.aborted) late.resolve(undefined)
  return Promise.race([work, late.promise])
}
