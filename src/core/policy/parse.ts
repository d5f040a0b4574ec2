import type { z } from 'zod'
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
} from 'yaml'
import { GuardError } from '../errors.ts'
import { digest } from '../manifest/canonical.ts'
import type { Json } from '../manifest/json.ts'
import { describeIssue } from './describe-issue.ts'
import { formatIssuePath, type Finding, type Issue, type IssuePath } from './issue.ts'
import { brokenRules } from './rules.ts'
import { policySchema, type Policy } from './schema.ts'
import { warningsFor } from './warnings.ts'

/** A ConfigMap holds no more. */
const longest = 1024 * 1024

export type ParsedPolicy =
  | {
      readonly kind: 'ok'
      readonly policy: Policy
      /** sha256:… of what the policy means: comments and order of keys apart. */
      readonly hash: string
      readonly warnings: readonly Issue[]
    }
  /** Everything that is wrong, at once, in the order of the file. */
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] }

export function parsePolicy(text: string, file: string): ParsedPolicy {
  if (text.length > longest) return unreadable(file, `must be at most ${longest} characters long`)
  try {
    return parseText(text, file)
  } catch (error) {
    // The parser and its visitors recurse.
    if (error instanceof RangeError) return unreadable(file, 'is nested too deeply')
    // Half a surrogate pair, which has no canonical text.
    if (error instanceof GuardError) return unreadable(file, error.message)
    throw error
  }
}

function parseText(text: string, file: string): ParsedPolicy {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    version: '1.2',
    merge: false,
  })
  const [document, second] = documents
  if (document === undefined || isEmpty(document)) return unreadable(file, 'is empty')
  const locate = locator({ document, lines, file })
  const errors = [...document.errors, ...document.warnings]
  const unsupported = unsupportedParts(document)
  const issues = [
    ...errors.map((error) =>
      locate.offset(error.pos[0], `cannot be read as YAML: ${firstLine(error.message)}`),
    ),
    ...unsupported.map(({ offset, message }) => locate.offset(offset, message)),
  ]
  if (second !== undefined) {
    issues.push(locate.offset(second.range[0], 'must be one document: this starts another one'))
  }
  // Duplicate keys leave a tree that can be judged further; nothing else does.
  const isTree = unsupported.length === 0 && errors.every((error) => error.code === 'DUPLICATE_KEY')
  if (!isTree) return { kind: 'invalid', issues: inOrder(issues) }
  return check(document.toJS() as Json, issues, locate)
}

function check(written: Json, syntax: readonly Issue[], locate: Locator): ParsedPolicy {
  const result = policySchema.safeParse(written, { error: describeIssue })
  const findings = [
    ...(result.success ? [] : result.error.issues.flatMap(toFindings)),
    ...brokenRules(written),
  ]
  const issues = [...syntax, ...findings.map(locate.finding)]
  if (!result.success || issues.length > 0) return { kind: 'invalid', issues: inOrder(issues) }
  const policy = deepFreeze(result.data) as Policy
  return {
    kind: 'ok',
    policy,
    hash: digest(policy as unknown as Json),
    warnings: inOrder(warningsFor(policy, written).map(locate.finding)),
  }
}

/** `describeIssue` writes one line for each unknown key, in their order. */
function toFindings(issue: z.core.$ZodIssue): Finding[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }]
  const messages = issue.message.split('\n')
  return issue.keys.map((key, i) => ({
    path: [...path, key],
    message: messages[i] ?? 'is not known',
    atKey: true,
  }))
}

function unreadable(file: string, message: string): ParsedPolicy {
  return { kind: 'invalid', issues: [{ file, line: 1, column: 1, path: '', message }] }
}

function isEmpty(document: Document.Parsed): boolean {
  if (document.errors.length > 0) return false
  return (
    document.contents === null || (isScalar(document.contents) && document.contents.value === null)
  )
}

interface Unsupported {
  readonly offset: number
  readonly message: string
}

/** What other readers of the same file could take for something else, or not show at all. */
function unsupportedParts(document: Document.Parsed): readonly Unsupported[] {
  const found: Unsupported[] = []
  if (document.directives.yaml.explicit === true) {
    found.push({ offset: 0, message: 'a %YAML directive is not supported: the file is YAML 1.2' })
  }
  visit(document, {
    Alias: (_key, { range }) => {
      const message = 'aliases are not supported: write the value out'
      found.push({ offset: range?.[0] ?? 0, message })
    },
    Pair: (_key, { key }) => {
      if (isScalar(key) && typeof key.value === 'string') return
      found.push({ offset: startOf(key) ?? 0, message: 'a key must be a text' })
    },
  })
  return found
}

/** The parser's messages may go on with the text itself. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').slice(0, 200)
}

interface Locator {
  readonly offset: (offset: number, message: string) => Issue
  readonly finding: (finding: Finding) => Issue
}

interface Source {
  readonly document: Document.Parsed
  readonly lines: LineCounter
  readonly file: string
}

function locator({ document, lines, file }: Source): Locator {
  const issue = (offset: number, path: string, message: string): Issue => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col), path, message }
  }
  return {
    offset: (offset, message) => issue(offset, '', message),
    finding: ({ path, message, atKey }) =>
      issue(offsetOf(document.contents, path, atKey === true), formatIssuePath(path), message),
  }
}

/** Where the value at the path starts, or its key, or the nearest node above that exists. */
function offsetOf(root: unknown, path: IssuePath, atKey: boolean): number {
  let offset = startOf(root) ?? 0
  let node = root
  for (const [depth, step] of path.entries()) {
    const child = childOf(node, step)
    if (child === undefined) return offset
    const last = depth + 1 === path.length
    const here = last && atKey ? child.key : child.value
    offset = startOf(here) ?? startOf(child.key) ?? offset
    node = child.value
  }
  return offset
}

function childOf(
  node: unknown,
  step: string | number,
): { key: unknown; value: unknown } | undefined {
  if (isSeq(node) && typeof step === 'number') {
    return step < node.items.length ? { key: undefined, value: node.items[step] } : undefined
  }
  if (!isMap(node)) return undefined
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(step))
}

function startOf(node: unknown): number | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined
  return node.range?.[0]
}

function inOrder(issues: readonly Issue[]): readonly Issue[] {
  return issues.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const child of Object.values(value)) deepFreeze(child)
  return Object.freeze(value)
}
