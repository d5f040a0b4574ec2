import { Option } from 'commander'
import path from 'node:path'
import type { SetChange } from '../certs/operations.ts'
import type { CertificateSummary, SetReport } from '../certs/show.ts'
import type { Env } from './env.ts'
import {
  header,
  painter,
  print,
  printJson,
  table,
  type Cell,
  type OutputFormat,
  type Paint,
} from './output.ts'

export function directoryOption(): Option {
  return new Option('--dir <dir>', 'directory of the certificates').default('certs')
}

interface Changed {
  readonly changes: readonly SetChange[]
  /** As the caller wrote it. */
  readonly dir: string
  readonly output: OutputFormat
}

export async function printSetChanges({ changes, dir, output }: Changed, env: Env): Promise<void> {
  const sets = changes.map((one) => ({
    ...one,
    files: one.files.map((file) => path.join(dir, path.basename(file))),
  }))
  if (output === 'json') return printJson(env, { dir, sets })
  const paint = painter(env.stdout, env.vars)
  await print(env, table(sets.flatMap(changeRows), paint))
}

function changeRows({ set, changes, files }: SetChange): readonly (readonly Cell[])[] {
  const done = changes.length === 0 ? ['is in order: nothing was changed'] : changes
  const label = { text: set, style: 'bold' } as const
  return [...done, files.join(' ')].map((text, i) => [i === 0 ? label : '', text])
}

export function setReportText(report: SetReport, paint: Paint): string {
  const { set, origin, authorities, leaf, problems } = report
  const whose = origin === 'own' ? 'made by solewriter' : 'renewed by somebody else'
  const verdict: Cell =
    problems.length === 0 ? { text: 'ok', style: 'green' } : { text: 'problems', style: 'red' }
  const rows = [
    header('CERTIFICATE', 'FOR', 'UNTIL', 'DAYS LEFT', 'RENEWED FROM', 'SERIAL'),
    ...(leaf === undefined ? [] : [summaryRow(set, leaf)]),
    ...authorities.map((one, i) => summaryRow(i === 0 ? 'authority' : 'old authority', one)),
  ]
  return [
    table([[{ text: set, style: 'bold' }, verdict, whose]], paint),
    ...problems.map((problem) => table([['', problem]], paint)),
    table(rows, paint),
  ].join('')
}

function summaryRow(label: string, certificate: CertificateSummary): readonly Cell[] {
  const { subject, dnsNames, ipAddresses, notAfter, daysLeft, renewAt, serialNumber } = certificate
  const names = [...dnsNames, ...ipAddresses]
  const left = String(daysLeft)
  return [
    label,
    names.length === 0 ? subject.replaceAll('\n', ', ') : names.join(', '),
    dayOf(notAfter),
    certificate.problem === undefined ? left : { text: left, style: 'red' },
    dayOf(renewAt),
    serialNumber,
  ]
}

function dayOf(time: string): string {
  return time.slice(0, 10)
}
