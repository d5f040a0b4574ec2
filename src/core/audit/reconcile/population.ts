import type { ApiEvent, Target } from './api-event.ts'

// What an event of the API server is to us, by itself alone.

export type Kind =
  | 'read'
  | 'write'
  /** `exec`, `attach`, `portforward`, `proxy`: asked about like a write, and nothing is stored. */
  | 'connection'
  /** Admission itself: no webhook is ever asked about it. */
  | 'admission'

export type Outcome =
  | 'done'
  | 'refused'
  /** Nobody can tell from the answer: it timed out, or broke off. */
  | 'unsure'

const verbs: Readonly<Record<string, string>> = {
  create: 'CREATE',
  update: 'UPDATE',
  patch: 'UPDATE',
  delete: 'DELETE',
  deletecollection: 'DELETE',
}

const connecting: ReadonlySet<string> = new Set(
  ['pods/exec', 'pods/attach', 'pods/portforward'].concat(
    ['pods', 'services', 'nodes'].map((resource) => `${resource}/proxy`),
  ),
)

export const admissionGroup = 'admissionregistration.k8s.io'

export function kindOf({ verb, target }: ApiEvent): Kind {
  if (target.group === '' && connecting.has(`${target.resource}/${target.subresource}`)) {
    return 'connection'
  }
  if (!Object.hasOwn(verbs, verb)) return 'read'
  return target.group === admissionGroup ? 'admission' : 'write'
}

/** As an AdmissionReview of it would name it. */
export function operationOf({ verb, answer }: ApiEvent, kind: Kind): string {
  if (kind === 'connection') return 'CONNECT'
  // An update or a patch that made the object.
  return answer.code === 201 ? 'CREATE' : (verbs[verb] ?? '')
}

/** A long one has an event at its beginning already, and has been let through then. */
export function isToldBy({ stage }: ApiEvent, kind: Kind): boolean {
  if (stage === 'ResponseComplete' || stage === 'Panic') return true
  return kind === 'connection' && stage === 'ResponseStarted'
}

/**
 * Whether the URL alone makes it a dry run. Not for deletions: where they have a body, that counts
 * and the URL is not read, so `?dryRun=All` may stand on one that deletes.
 */
export function isDryRun({ verb, saysDryRun }: ApiEvent, kind: Kind): boolean {
  return kind !== 'connection' && saysDryRun && (verbs[verb] ?? 'DELETE') !== 'DELETE'
}

export function outcomeOf(event: ApiEvent, kind: Kind): Outcome {
  const { code, isFailure, isOfAdmission } = event.answer
  if (event.isForbidden || isOfAdmission) return 'refused'
  if (kind === 'connection') return connectionOutcome(event)
  if (event.stage === 'Panic' || code === 0) return 'unsure'
  if (code < 400) return isFailure ? 'refused' : 'done'
  return code >= 500 ? 'unsure' : 'refused'
}

/** Whatever answers through a proxy has been reached. */
function connectionOutcome({ target, answer: { code, isFailure } }: ApiEvent): Outcome {
  if (target.subresource === 'proxy') return isFailure ? 'refused' : 'done'
  return code > 0 && code < 400 ? 'done' : 'refused'
}

/** A collection is one event about any number of objects, none included. */
export function isCollection({ verb }: Pick<ApiEvent, 'verb'>): boolean {
  return verb === 'deletecollection'
}

export function resourceText({ group, resource, subresource }: Target): string {
  const main = group === '' ? resource : `${resource}.${group}`
  return subresource === '' ? main : `${main}/${subresource}`
}
