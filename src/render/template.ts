import type { InputReading } from './input-reading.ts'
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

/** A template, or values in which a template may stand: the functions that it calls. */
export function readTemplate(bytes: Uint8Array): InputReading {
  return { ...readNames(bytes), problems: findCalls(new TextDecoder().decode(bytes)) }
}

function findCalls(source: string): InputReading['problems'] {
  const problems: { line: number; message: string }[] = []
  let line = 1
  let seen = 0
  for (const { 0: span, index } of source.matchAll(action)) {
    if (commentStart.test(span)) continue
    for (const { 0: name, index: offset } of span.replace(text, blank).matchAll(word)) {
      if (!refused.has(name)) continue
      line += newlines(source.slice(seen, index + offset))
      seen = index + offset
      const message = `the chart calls ${name}, which renders otherwise elsewhere or the next time`
      problems.push({ line, message })
    }
  }
  return problems
}

/** As many lines and characters as before. */
function blank(part: string): string {
  return part.replace(/[^\n]/g, ' ')
}

function newlines(part: string): number {
  return part.split('\n').length - 1
}
