import { resourceName, type AdmissionRequest } from '../admission/request.ts'
import { isSubject } from '../identity/built-in-subject.ts'
import { hasServiceAccountToken } from '../identity/credential.ts'
import { conditionText } from '../policy/row-condition.ts'
import type { ExceptionRow, Policy } from '../policy/schema.ts'
import { namesResource } from '../policy/resource-names.ts'
import { subjectMatches } from '../policy/subject.ts'
import { rowsNaming } from './built-in.ts'
import { isAboutResource } from './candidates.ts'

/** A denial has 1 KiB for everything. */
const longest = 360

interface Reach {
  readonly name: string
  readonly resources: readonly string[]
  readonly operations: readonly string[]
  readonly fields: readonly string[]
  readonly says: string | undefined
  readonly isHere: boolean
}

/** A sentence on how far the rows that name the identity go; undefined when none does. */
export function reachOf(
  policy: Policy | undefined,
  request: AdmissionRequest,
  lacking: readonly string[],
): string | undefined {
  const named = tableRows(request)
  const rows = named.filter(({ subject }) => isSubject(subject, request.user))
  if (named.length > 0 && rows.length === 0) return clip(foreignCredential)
  const reaches = [
    ...rows.map((row) => ({
      ...row,
      fields: row.fields ?? [],
      says: row.condition?.says,
      isHere: isAboutResource(row, resourceName(request)),
    })),
    ...(policy === undefined ? [] : policyReaches(policy, request)),
  ]
  if (reaches.length === 0) return policy && withoutToken(policy, request)
  const missing = lacking.map((permission) => ` Solewriter may not ${permission}.`).join('')
  return clip(`${sentence(reaches, request)}${missing}`)
}

/** Rows for every service account say nothing of an identity but where they are about the resource. */
export function isNamedByTable(request: AdmissionRequest): boolean {
  return tableRows(request).some(({ subject }) => isSubject(subject, request.user))
}

export function isNamedByPolicy(policy: Policy, { user }: AdmissionRequest): boolean {
  return policy.spec.exceptions.some(
    ({ subject }) =>
      subjectMatches(subject, user) &&
      (subject.kind !== 'serviceAccount' || hasServiceAccountToken(user)),
  )
}

function tableRows(request: AdmissionRequest) {
  return rowsNaming(request.user.username).filter(
    (row) => row.subject.kind !== 'service-account' || isAboutResource(row, resourceName(request)),
  )
}

const foreignCredential =
  'The name is one of the control plane, the credential is not: exceptions do not apply.'

function sentence(reaches: readonly Reach[], request: AdmissionRequest): string {
  const here = reaches.filter(({ isHere }) => isHere)
  if (here.length === 0) {
    const resources = [...new Set(reaches.flatMap(({ resources: all }) => all))]
    return `Exceptions for ${request.user.username} reach only ${resources.join(', ')}.`
  }
  const best = here.filter(({ operations }) => operations.includes(request.operation))
  const parts = (best.length > 0 ? best : here).map(describe)
  return `Exceptions for it here: ${parts.join('; ')}.`
}

function describe({ name, operations, fields, says }: Reach): string {
  const changes = operations.some((operation) => operation === 'CREATE' || operation === 'UPDATE')
  const shown = changes && fields[0] !== '*' ? ` of ${list(fields)}` : ''
  return `${name} covers ${operations.join(', ')}${shown}${says === undefined ? '' : `, only where ${says}`}`
}

function list(fields: readonly string[]): string {
  if (fields.length === 0) return 'no field'
  const told = fields.filter((field) => !/^(?:apiVersion|kind|metadata\.\w+)$/.test(field))
  return (told.length === 0 ? fields : told).slice(0, 6).join(', ')
}

function policyReaches(policy: Policy, request: AdmissionRequest): readonly Reach[] {
  const { user } = request
  const resource = resourceName(request)
  return policy.spec.exceptions
    .filter(({ subject }) => subjectMatches(subject, user))
    .filter(({ subject }) => subject.kind !== 'serviceAccount' || hasServiceAccountToken(user))
    .flatMap(({ name, allow }) =>
      allow.map((row) => ({
        name,
        resources: row.resources,
        operations: row.operations,
        fields: row.fields ?? [],
        says: limitsOf(row),
        isHere: namesResource(row.resources, resource),
      })),
    )
}

function limitsOf({ namespaces, only }: ExceptionRow): string | undefined {
  const isAnywhere = namespaces.length === 0 || namespaces.includes('*')
  const limits = [
    ...(isAnywhere ? [] : [`in ${namespaces.join(', ')}`]),
    ...(only === undefined ? [] : [conditionText(only)]),
  ]
  return limits.length === 0 ? undefined : limits.join(', and ')
}

function withoutToken(policy: Policy, { user }: AdmissionRequest): string | undefined {
  const isNamed = policy.spec.exceptions.some(({ subject }) => subjectMatches(subject, user))
  return isNamed
    ? 'Exceptions name this service account, but the request came without a token of it.'
    : undefined
}

function clip(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
