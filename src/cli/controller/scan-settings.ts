import path from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { parseDuration } from '../../core/policy/duration.ts'

/** Options as commander gives them. */
export interface ScanOptionsGiven {
  readonly scanEvery?: number | 'off'
  readonly scanResults?: string
  readonly scanReadSecrets?: boolean
}

export interface ScanSettings {
  readonly everyMs: number
  /** What the last scan has found: JSON Lines. */
  readonly resultsFile: string
  readonly readsSecrets: boolean
}

const anHour = 3_600_000
const aMinute = 60_000

export function declareScanOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--scan-every <time>',
        'compare the cluster with Git so often, and after every gap; off: never',
      )
        .argParser(every)
        .default(anHour, '1h'),
    )
    .option(
      '--scan-results <file>',
      'what the last scan found (default: scan.jsonl beside the mirrors)',
    )
    .option('--scan-read-secrets', 'compare the values of Secrets too, not only their metadata')
}

/** Undefined where nothing is scanned: it is off, or there are no mirrors to compare with. */
export function toScanSettings(
  { scanEvery = anHour, scanResults, scanReadSecrets = false }: ScanOptionsGiven,
  { mirrorDir, absolute }: { readonly mirrorDir: string | undefined; readonly absolute: Absolute },
): ScanSettings | undefined {
  if (scanEvery === 'off' || mirrorDir === undefined) return undefined
  const resultsFile =
    scanResults === undefined
      ? path.join(path.dirname(absolute(mirrorDir)), 'scan.jsonl')
      : absolute(scanResults)
  return { everyMs: scanEvery, resultsFile, readsSecrets: scanReadSecrets }
}

type Absolute = (file: string) => string

function every(text: string): number | 'off' {
  if (text === 'off' || text === '0') return 'off'
  const duration = parseDuration(text)
  if (duration !== undefined && duration >= aMinute) return duration
  throw new InvalidArgumentError('must be a time of at least a minute, such as 1h, or off')
}
