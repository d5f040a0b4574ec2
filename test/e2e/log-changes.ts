import { readFileSync } from 'node:fs'

// What the log of an API server shows by itself, told without any of our code.

export interface ApiEvent {
  readonly auditID: string
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly requestReceivedTimestamp: string
  readonly user: { readonly username: string }
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource: string
    readonly subresource?: string
  }
  readonly responseStatus?: { readonly code: number }
  readonly annotations?: Readonly<Record<string, string>>
}

/** What was stored in a period, but for what the API server does not ask us about. */
export function changesIn(
  file: string,
  [from, to]: readonly [from: string, to: string],
): readonly ApiEvent[] {
  const [begin, end] = [Date.parse(from), Date.parse(to)]
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ApiEvent)
    .filter(({ requestReceivedTimestamp }) => {
      const time = Date.parse(requestReceivedTimestamp)
      return time >= begin && time < end
    })
    .filter((event) => isChange(event) && !isExempt(event))
}

/** Whether the API server was told of a decision. */
export function isTold({ annotations }: ApiEvent): boolean {
  return annotations?.['writes.solewriter.dev/decision-id'] !== undefined
}

const changing = ['create', 'update', 'patch', 'delete', 'deletecollection']
const connecting = ['exec', 'attach', 'portforward', 'proxy']

/** Stored, as the answer says. */
function isChange(event: ApiEvent): boolean {
  return tests.every((test) => test(event))
}

const tests: readonly ((event: ApiEvent) => boolean)[] = [
  ({ stage }) => stage === 'ResponseComplete',
  ({ verb }) => changing.includes(verb),
  (event) => !isDry(event),
  ({ objectRef }) => objectRef !== undefined && objectRef.apiGroup !== admission,
  ({ objectRef }) => !connecting.includes(objectRef?.subresource ?? ''),
  ({ responseStatus }) => /^2\d\d$/.test(String(responseStatus?.code)),
]

/** Of a deletion its body decides, and that is not in the log. */
function isDry({ verb, requestURI }: ApiEvent): boolean {
  return requestURI.includes('dryRun=All') && !verb.startsWith('delete')
}

const admission = 'admissionregistration.k8s.io'

/** What the shipped conditions leave out in the clusters of these tests, said once more. */
function isExempt({ user: { username }, objectRef }: ApiEvent): boolean {
  const { apiGroup = '', resource = '', subresource = '' } = objectRef ?? {}
  if (resource === 'events' || /^auth(?:entication|orization)\.k8s\.io$/.test(apiGroup)) return true
  const what = `${username} ${resource}${subresource === '' ? '' : `/${subresource}`}`
  return exempt.has(what)
}

const exempt = new Set([
  'system:kube-controller-manager leases',
  'system:kube-controller-manager serviceaccounts',
  'system:kube-controller-manager serviceaccounts/token',
  'system:apiserver leases',
])
