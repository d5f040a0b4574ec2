import {
  objectText,
  resourceText,
  type RecordedDecision,
} from '../../core/audit/export/recorded-decision.ts'
import { printable, type Paint } from '../output.ts'

/** A decision in one line: records are as many as the disk holds, so no column waits for the widest. */
export function decisionLine(one: RecordedDecision, paint: Paint): string {
  const parts = [
    printable(one.time),
    verdictOf(one, paint),
    printable(one.reason).padEnd(widest),
    printable(one.user),
    printable(one.op.toLowerCase()),
    printable(resourceText(one)),
    printable(objectText(one)),
    printable(`(${one.decisionId})`),
  ]
  return `${parts.filter((part) => part !== '').join('  ')}\n`
}

/** As long as most reasons are. */
const widest = 'NoDesiredStateChange'.length

/** All that there is to say of it, for people. */
export function decisionBlock(one: RecordedDecision, paint: Paint): string {
  const rows = rowsOf(one).filter(([, value]) => value !== '')
  const lines = rows.map(([key, value]) => `  ${key.padEnd(12)}${printable(value)}\n`)
  return `decision ${printable(one.decisionId)}: ${verdictOf(one, paint).trimEnd()}\n${lines.join('')}`
}

function rowsOf(one: RecordedDecision): readonly (readonly [string, string])[] {
  const { git } = one
  return [
    ['time', one.time],
    ['reason', `${one.reason}${one.rule === '' ? '' : ` (${one.rule})`}`],
    ['user', `${one.user} (${one.idClass})`],
    ['groups', one.groups.join(', ')],
    ['credential', one.cred],
    ['request', `${one.op.toLowerCase()}${one.dryRun ? ', dry run' : ''}`],
    ['object', `${resourceText(one)} ${objectText(one)}`.trim()],
    ['changed', one.paths.join(', ')],
    ['commit', git === undefined ? '' : `${git.repo}@${git.commit} ${git.path}`.trim()],
    ['evidence', git === undefined ? '' : evidenceOf(git)],
    ['mode', one.mode],
    ['policy', one.policy],
    ['record', `${one.seq} of ${one.writer}`],
  ]
}

function evidenceOf({ evidence, verified }: NonNullable<RecordedDecision['git']>): string {
  return `${evidence}, ${verified ? 'shown by Git' : 'claimed only'}`
}

function verdictOf({ decision, wouldDeny }: RecordedDecision, paint: Paint): string {
  if (wouldDeny) return paint('yellow', 'would deny')
  return decision === 'allow' ? paint('green', 'allow     ') : paint('red', 'deny      ')
}
