import { resourceName } from '../../core/admission/request.ts'
import { GuardError } from '../../core/errors.ts'
import type { ObjectId } from '../../core/manifest/object-id.ts'
import type { Judged } from '../../core/scan/judge.ts'
import type { ServedKind } from '../../core/scan/live-object.ts'
import type { Scene } from '../../core/scan/scene.ts'
import type { Tally } from '../../core/scan/tally.ts'
import type { DeclaredNow } from './declared-now.ts'
import type { ScanOptions } from './scan.ts'

/** One scan. */
export interface Run {
  readonly options: ScanOptions
  readonly scene: Scene
  readonly counted: Tally
  readonly declared: DeclaredNow
  readonly onProgress: (text: string) => void
  /** Names of the Namespaces that were seen. */
  readonly namespaces: Set<string>
}

/** What the API server serves, and what came of it. */
export interface ScannedKinds {
  readonly kinds: readonly ServedKind[]
  /** How many of them were listed. */
  readonly listed: number
  /** Names of those of which nobody knows whether an object is missing. */
  readonly notListed: ReadonlySet<string>
  /** Groups that other API servers serve. */
  readonly foreign: ReadonlySet<string>
}

/** `widgets.example.com`. */
export function nameOf({ group, version, resource }: ServedKind): string {
  return resourceName({ resource: { group, version, resource }, subresource: '' })
}

export function isNamespace({ group, kind }: Pick<ObjectId, 'group' | 'kind'>): boolean {
  return group === '' && kind === 'Namespace'
}

export async function take(judged: Judged, { counted, options }: Run): Promise<void> {
  counted.add(judged)
  if (judged.kind === 'finding') await options.onFinding(judged.finding)
}

/** What one object needs may not be readable: the others are. */
export async function orUnknown<T>(judging: Promise<T>, { scene }: Run): Promise<T | Judged> {
  try {
    return await judging
  } catch (error) {
    return { kind: 'unknown', why: whyNot(error, scene).slice(0, 200) }
  }
}

/** Of a failure that is no reason to end: that it is over, and our own mistakes, are. */
export function whyNot(error: unknown, { signal }: Pick<Scene, 'signal'>): string {
  if (signal.aborted || !(error instanceof GuardError)) throw error
  return error.message
}
