import type { ChainProblem, Verification } from '../../core/audit/verify.ts'
import type { Env } from '../env.ts'
import { counted, header, painter, printable, table, type Paint } from '../output.ts'

interface Told extends Verification {
  readonly ok: boolean
  /** Whether signatures were looked at. */
  readonly signatures: boolean
}

/** What `audit verify` says to people. */
export function verificationText(found: Told, env: Env): string {
  const { chains, records, problems, problemCount, absent, removed, halfWritten } = found
  const paint = painter(env.stdout, env.vars)
  const more = problemCount - problems.length
  const lines = [
    ...problems.map(problemText).map((text) => `${paint('red', 'broken')}: ${text}\n`),
    ...(more > 0 ? [`and ${more} more\n`] : []),
    ...halfWritten.map(({ file, line }) => `${printable(`${file}:${line}`)}: ${halfLine}\n`),
    ...absent.map(({ writer, seq }) => `${printable(writer)}: its ${seq} records are not here\n`),
    ...removed.map(
      ({ writer, seq }) => `${printable(writer)}: removed up to record ${seq}, as it was old\n`,
    ),
    `${verdict(found, paint)}: ${counted(records, 'records')} in ${counted(chains.length, 'chains')}${unlooked(found)}\n`,
  ]
  const rows = chains.map(({ writer, end, seq, vouchedFor, hash }) => [
    writer,
    end,
    String(seq),
    String(vouchedFor),
    hash,
  ])
  const list = chains.length === 0 ? '' : `\n${table([header(...titles), ...rows], paint)}`
  return lines.join('') + list
}

const titles = ['WRITER', 'END', 'INTACT', 'CHECKPOINT', 'LAST HASH']
const halfLine = 'half a line, which its process died over: nothing was answered on it'

function problemText({ file, line, writer, seq, problem }: ChainProblem): string {
  const record = writer === undefined ? '' : `record ${seq ?? '?'} of ${writer}: `
  return printable(`${file}:${line}: ${record}${problem}`)
}

function verdict({ ok, records, problemCount, absent }: Told, paint: Paint): string {
  if (ok) return paint('green', 'ok')
  return problemCount === 0 && (records === 0 || absent.length === 0)
    ? paint('yellow', 'nothing to verify')
    : paint('red', 'not ok')
}

/** What is not shown by all this, although nothing is wrong. */
function unlooked({ signatures, chains }: Told): string {
  if (chains.every(({ checkpoints }) => checkpoints === 0)) return ', without checkpoints'
  const open = chains.reduce((sum, { seq, vouchedFor, end }) => {
    return sum + (end === 'closed' ? 0 : seq - Math.min(seq, vouchedFor))
  }, 0)
  const behind = open === 0 ? '' : `, ${open} of them behind the last checkpoint of their chain`
  return signatures ? behind : `${behind} (signatures not checked: give --jwks)`
}
