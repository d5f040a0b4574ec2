import type { Ask, InputReading } from './input-reading.ts'
import { readNames } from './manifest-names.ts'

/**
 * What renders otherwise the next time, elsewhere, or with a cluster at hand: nobody could say what
 * such a chart declares.
 */
const refused: ReadonlySet<string> = new Set([
  'ago',
  'bcrypt',
  // Of what is no time, these say what time it is; and all of them go by the time zone.
  'date',
  'dateInZone',
  'date_in_zone',
  'encryptAES',
  'env',
  'expandenv',
  'genCA',
  'genCAWithKey',
  'genPrivateKey',
  'genSelfSignedCert',
  'genSelfSignedCertWithKey',
  'genSignedCert',
  'genSignedCertWithKey',
  'getHostByName',
  'htmlDate',
  'htmlDateInZone',
  'htpasswd',
  'lookup',
  'now',
  'randAlpha',
  'randAlphaNum',
  'randAscii',
  'randBytes',
  'randInt',
  'randNumeric',
  'shuffle',
  'uuidv4',
])

/** Comments and actions, or one that never ends. In one go: a text may hold the begin of a comment. */
const action =
  /\{\{-?\s*\/\*[^]*?(?:\*\/|$)|\{\{(?:[^"`'}]|"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|\}(?!\}))*/g
const commentStart = /^\{\{-?\s*\/\*/
const text = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'/g
const word = /(?<![\w.$])[A-Za-z]\w*/g

/** What is another thing in a first installation than in an upgrade; all of it where it is taken whole. */
const release =
  /\.Release\s*\.\s*(?:Revision|IsInstall|IsUpgrade)\b|(?<!\w)\.Release\b(?!\s*\.\s*[A-Za-z])/g
const capabilities = /\.Capabilities\b(?:\s*\.\s*(?:KubeVersion|APIVersions)\b)?/g
const hasApi = /^\.Capabilities\.APIVersions\.Has\s+["`]([\w.-]+(?:\/[\w.-]+){0,2})["`]/

/** A template, or values in which a template may stand: the functions that it calls. */
export function readTemplate(bytes: Uint8Array): InputReading {
  const actions = findActions(new TextDecoder().decode(bytes))
  const problems = find(actions, word, ({ line, what }) => ({ line, what })).flatMap(problemOf)
  const asks = [
    ...find(actions, release, ({ line, what }): Ask => ({ of: 'release', line, what })),
    ...find(actions, capabilities, askOf),
  ]
  return { ...readNames(bytes), problems, asks }
}

type Call = Pick<Ask, 'line' | 'what'>

function problemOf({ line, what }: Call): InputReading['problems'] {
  if (!refused.has(what)) return []
  const message = `the chart calls ${what}, which renders otherwise elsewhere or the next time`
  return [{ line, message }]
}

function askOf({ line, what, written }: Span): Ask {
  if (what.endsWith('.KubeVersion')) return { of: 'version', line, what }
  const [, api] = hasApi.exec(written) ?? []
  return api === undefined ? { of: 'cluster', line, what } : { of: 'api', line, what: api }
}

interface Action {
  /** Of its begin. */
  readonly line: number
  readonly written: string
  /** With blanks for what stands in quotes. */
  readonly code: string
}

interface Span extends Call {
  /** From there to the end of the action. */
  readonly written: string
}

function findActions(source: string): readonly Action[] {
  const actions: Action[] = []
  let line = 1
  let seen = 0
  for (const { 0: written, index } of source.matchAll(action)) {
    if (commentStart.test(written)) continue
    line += newlines(source.slice(seen, index))
    seen = index
    actions.push({ line, written, code: written.replace(text, blank) })
  }
  return actions
}

function find<T>(actions: readonly Action[], pattern: RegExp, as: (span: Span) => T): readonly T[] {
  return actions.flatMap(({ line, written, code }) =>
    Array.from(code.matchAll(pattern), ({ 0: found, index }) =>
      as({
        line: line + newlines(code.slice(0, index)),
        what: found.replace(/\s/g, ''),
        written: written.slice(index),
      }),
    ),
  )
}

/** As many lines and characters as before. */
function blank(part: string): string {
  return part.replace(/[^\n]/g, ' ')
}

function newlines(part: string): number {
  return part.split('\n').length - 1
}
