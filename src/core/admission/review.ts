import { GuardError } from '../errors.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import type { AdmissionRequest, Operation, UserInfo } from './request.ts'

const operations: readonly string[] = [
  'CREATE',
  'UPDATE',
  'DELETE',
  'CONNECT',
] satisfies Operation[]

/**
 * The one door for reviews: behind it, only checked types. Throws ReviewMalformed, naming the path.
 */
export function parseReview(body: Json): AdmissionRequest {
  if (!isJsonObject(body)) throw malformed('the body', 'a JSON object')
  expect(
    stringAt(body, 'apiVersion') === 'admission.k8s.io/v1',
    'apiVersion',
    'admission.k8s.io/v1',
  )
  expect(stringAt(body, 'kind') === 'AdmissionReview', 'kind', 'AdmissionReview')
  const request = at(body, 'request')
  if (!isJsonObject(request)) throw malformed('request', 'an object')
  return parseRequest(request)
}

/** The uid to answer with, also when the rest of the review is not well-formed. */
export function uidOf(body: Json): string {
  return stringAt(body, 'request', 'uid') ?? ''
}

function parseRequest(request: JsonObject): AdmissionRequest {
  const operation = text(at(request, 'operation'), 'operation')
  if (!operations.includes(operation)) throw malformed('request.operation', operations.join(', '))
  const object = objectOrNull(request, 'object')
  const oldObject = objectOrNull(request, 'oldObject')
  expectBodies(operation as Operation, object, oldObject)
  return {
    uid: text(at(request, 'uid'), 'uid'),
    kind: {
      group: text(at(request, 'kind', 'group'), 'kind.group', true),
      version: text(at(request, 'kind', 'version'), 'kind.version'),
      kind: text(at(request, 'kind', 'kind'), 'kind.kind'),
    },
    resource: {
      group: text(at(request, 'resource', 'group'), 'resource.group', true),
      version: text(at(request, 'resource', 'version'), 'resource.version'),
      resource: text(at(request, 'resource', 'resource'), 'resource.resource'),
    },
    subresource: optionalText(request, 'subResource'),
    name: optionalText(request, 'name') || nameOf(oldObject) || nameOf(object),
    namespace: optionalText(request, 'namespace'),
    operation: operation as Operation,
    user: parseUser(at(request, 'userInfo')),
    object,
    oldObject,
    options: at(request, 'options') ?? null,
    dryRun: flag(request, 'dryRun'),
  }
}

function expectBodies(
  operation: Operation,
  object: JsonObject | null,
  oldObject: JsonObject | null,
): void {
  if (operation === 'CREATE' || operation === 'UPDATE')
    expect(object !== null, 'request.object', 'an object')
  if (operation === 'UPDATE' || operation === 'DELETE') {
    expect(oldObject !== null, 'request.oldObject', 'an object')
  }
}

function parseUser(user: Json | undefined): UserInfo {
  if (!isJsonObject(user)) throw malformed('request.userInfo', 'an object')
  const groups = at(user, 'groups') ?? []
  if (!isTextList(groups)) throw malformed('request.userInfo.groups', 'a list of strings')
  const extra = at(user, 'extra') ?? {}
  if (!isJsonObject(extra)) throw malformed('request.userInfo.extra', 'an object')
  const username = at(user, 'username')
  if (typeof username !== 'string' || username === '') {
    throw malformed('request.userInfo.username', 'a non-empty string')
  }
  return {
    username,
    uid: optionalText(user, 'uid', 'request.userInfo.uid'),
    groups,
    extra: new Map(Object.entries(extra).map(([key, values]) => [key, extraValues(key, values)])),
  }
}

function extraValues(key: string, values: Json): readonly string[] {
  if (!isTextList(values)) {
    throw malformed(
      `request.userInfo.extra[${JSON.stringify(key.slice(0, 80))}]`,
      'a list of strings',
    )
  }
  return values
}

function isTextList(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function nameOf(object: JsonObject | null): string {
  return stringAt(object ?? undefined, 'metadata', 'name') ?? ''
}

function objectOrNull(request: JsonObject, key: string): JsonObject | null {
  const value = at(request, key) ?? null
  if (value === null || isJsonObject(value)) return value
  throw malformed(`request.${key}`, 'an object or null')
}

function text(value: Json | undefined, path: string, mayBeEmpty = false): string {
  if (typeof value === 'string' && (value !== '' || mayBeEmpty)) return value
  throw malformed(`request.${path}`, mayBeEmpty ? 'a string' : 'a non-empty string')
}

function optionalText(request: JsonObject, key: string, path = `request.${key}`): string {
  const value = at(request, key) ?? ''
  if (typeof value === 'string') return value
  throw malformed(path, 'a string')
}

function flag(request: JsonObject, key: string): boolean {
  const value = at(request, key) ?? false
  if (typeof value === 'boolean') return value
  throw malformed(`request.${key}`, 'a boolean')
}

function expect(holds: boolean, path: string, what: string): void {
  if (!holds) throw malformed(path, what)
}

function malformed(path: string, what: string): GuardError {
  return new GuardError('ReviewMalformed', `${path} must be ${what}`)
}
