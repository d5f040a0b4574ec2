import { momentOf } from '../../breakglass/moment.ts'
import { printable } from '../printable.ts'
import { messageOf, severityOf } from './ocsf.ts'
import { objectText, resourceText, type RecordedDecision } from './recorded-decision.ts'

/** Longer ones are cut by the readers, at places of their own. */
const longestValue = 1023

/** A decision as one line of CEF, version 0, without a newline. */
export function toCef(one: RecordedDecision, product: { readonly version: string }): string {
  const header = ['CEF:0', 'solewriter', 'solewriter', product.version, one.reason, nameOf(one)]
  const fields = [...header.map(headerText), String(cefSeverity[severityOf(one).severity_id] ?? 3)]
  const pairs = extensionOf(one)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${extensionText(value)}`)
  return `${fields.join('|')}|${pairs.join(' ')}`
}

/** From 0 to 10, by the severity of OCSF. */
const cefSeverity: Readonly<Record<number, number>> = { 1: 1, 2: 4, 3: 7 }

function nameOf({ decision, wouldDeny, reason }: RecordedDecision): string {
  if (reason === 'BreakGlass') return 'Write admitted under break-glass'
  if (wouldDeny) return 'Write that enforcing would deny'
  return decision === 'allow' ? 'Write admitted' : 'Write denied'
}

function extensionOf(one: RecordedDecision): readonly (readonly [string, string])[] {
  const { git } = one
  const commit = git === undefined ? '' : `${git.repo}@${git.commit}`
  return [
    ['rt', String(momentOf(one.time) ?? '')],
    ['externalId', one.decisionId],
    ['act', one.wouldDeny ? 'would-deny' : one.decision],
    ['outcome', one.decision === 'allow' ? 'admitted' : 'failure'],
    ['reason', one.reason],
    ['suser', one.user],
    ['suid', one.uid],
    ['request', resourceText(one)],
    ['requestMethod', one.op],
    ['fname', objectText(one)],
    ['fileId', one.objUid],
    ['deviceExternalId', one.writer],
    ...labelled('cn1', 'seq', one.seq === 0 ? '' : String(one.seq)),
    ...labelled('cs1', 'rule', one.rule),
    ...labelled('cs2', 'commit', commit),
    ...labelled('cs3', 'policy', one.policy),
    ...labelled('cs4', 'identityClass', one.idClass),
    ...labelled('cs5', 'changedPaths', one.paths.join(', ')),
    ...labelled('cs6', 'cluster', one.cluster),
    ...labelled('flexString1', 'mode', one.mode),
    ['msg', messageOf(one)],
  ]
}

function labelled(key: string, label: string, value: string): readonly [string, string][] {
  return value === ''
    ? []
    : [
        [`${key}Label`, label],
        [key, value],
      ]
}

/** In the header a bar ends a field; nothing there may end the line. */
function headerText(text: string): string {
  return printable(text, longestValue).replaceAll('\\', '\\\\').replaceAll('|', '\\|')
}

/** In the extension an equals sign makes a key of the word before it. */
function extensionText(text: string): string {
  return printable(text, longestValue).replaceAll('\\', '\\\\').replaceAll('=', '\\=')
}
