import { z } from 'zod'
import { GuardError } from '../errors.ts'
import { parseFieldPattern } from '../manifest/field-path.ts'
import { resourcePattern, whyNotResource } from './core-resources.ts'
import { durationPattern, parseDuration } from './duration.ts'
import { parseGitUrl } from './git-url.ts'

/** A text with a reason when it is refused: `why` answers undefined for a good one. */
export function text(why: (value: string) => string | undefined, base = z.string()) {
  return base.superRefine((value, context) => {
    const message = why(value)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const subdomain = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/

/** Names become directory names, URL segments and words of messages. */
export const name = z
  .string()
  .regex(label, 'must be lower-case letters, digits and dashes, at most 63, such as prod-eu-1')

export const policyName = z
  .string()
  .regex(subdomain, 'must be lower-case letters, digits, dashes and dots, at most 253')

export const namespace = z.string().regex(label, 'must be the exact name of one namespace')

export const namespaceGlob = z
  .string()
  .regex(
    /^[a-z0-9*](?:[a-z0-9*-]{0,61}[a-z0-9*])?$/,
    'must be a namespace or a pattern such as sandbox-*',
  )

/** The name of an object: RBAC names hold colons, so little is refused. */
export const objectName = z
  .string()
  .max(253, 'must be at most 253 characters')
  .regex(/^[^*/%\s]+$/, 'must be the exact name of one object')

/** Each has one meaning and one spelling, so that comparing texts is enough later. */
export const resource = text(whyNotResource).meta({ pattern: resourcePattern.source })

export const fieldPath = text((value) => {
  try {
    parseFieldPattern(value)
    return undefined
  } catch (error) {
    if (error instanceof GuardError) return error.message
    throw error
  }
})

export const duration = z
  .string('must be a duration such as 90s, 10m, 1h or 30d')
  .superRefine((value, context) => {
    if (parseDuration(value) !== undefined) return
    context.addIssue({
      code: 'custom',
      message: 'must be a duration such as 90s, 10m, 1h or 30d, at most ten years',
    })
  })
  .meta({ pattern: durationPattern.source })
  .transform((value) => parseDuration(value) ?? 0)

export const absolutePath = text((value) => {
  if (!value.startsWith('/')) return 'must be an absolute path: the working directory may differ'
  if (value.includes('\0') || value.split('/').includes('..'))
    return 'must be a plain absolute path'
  return undefined
})

export const repositoryUrl = text((value) => {
  const url = parseGitUrl(value)
  if (typeof url === 'string') return url
  return url.kind === 'http'
    ? 'must not be http: anyone on the way could change the answer'
    : undefined
})

/** Aliases are compared and never opened: an in-cluster mirror may speak http. */
export const aliasUrl = text((value) => {
  const url = parseGitUrl(value)
  return typeof url === 'string' ? url : undefined
})

/** What git check-ref-format refuses, and wildcards. */
export const branch = text((value) => {
  if (value.startsWith('refs/')) return 'must be the name alone, without refs/heads/'
  const bad = /[\0-\u0020~^:?*[\\\u007f]|\.\.|@\{|\/\/|^[-/.]|[/.]$|\/\.|\.lock(?:\/|$)|^@$|^HEAD$/
  return value === '' || bad.test(value) ? 'must be the exact name of one branch' : undefined
})

/** Commas and quotes would end one name in a list of several. */
export const treeFile = z
  .string()
  .regex(
    /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\0\\,"]+$/,
    'must be a file relative to the root of the repository, without commas and quotes',
  )
  .transform(normalTreePath)

const treePathPattern = /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\0\\]+$/

/** A folder of a repository; `./clusters/prod/` and `clusters/prod` are the same, `.` is the root. */
export const treePath = z
  .string()
  .regex(treePathPattern, 'must be a folder relative to the root of the repository, . for the root')
  .transform(normalTreePath)

export function normalTreePath(path: string): string {
  const parts = path.split('/')
  return parts.filter((part) => part !== '' && part !== '.').join('/')
}
