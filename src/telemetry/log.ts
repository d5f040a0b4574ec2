import { pino, type DestinationStream } from 'pino'
import { redact, type Fields } from './redact.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Events in the past tense with fields: `log.warn('certificate_refused', { err })`. */
export interface Log {
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
}

export interface ProcessLog extends Log {
  /** Resolves once everything logged so far is written. */
  flush(): Promise<void>
  /** Whole lines of somebody else's, between our own. Resolves once they are written. */
  passOn(lines: string): Promise<void>
}

export interface LogOptions {
  readonly level: LogLevel
  /** A file descriptor: 1 is standard output. */
  readonly descriptor: number
  readonly now: () => number
  /** Fields of every line, such as the command. */
  readonly base?: Fields
}

/** JSON lines. Asynchronous: a reader of the other end that stalls must not stall reviews. */
export function createLog(options: LogOptions): ProcessLog {
  // minLength 0 writes at once, so that a kill loses nothing that was logged a moment before.
  const destination = pino.destination({ dest: options.descriptor, sync: false, minLength: 0 })
  // A reader that has gone (EPIPE) is no reason to stop answering reviews.
  destination.on('error', () => {})
  const passOn = (lines: string) =>
    new Promise<void>((resolve, reject) => {
      const drained = () => {
        destination.off('error', failed)
        resolve()
      }
      const failed = (error: Error) => {
        destination.off('drain', drained)
        reject(error)
      }
      destination.once('drain', drained).once('error', failed)
      destination.write(lines)
    })
  return {
    ...toLog(options, destination),
    // Its own flush waits for nothing where minLength is 0. Nothing more is as good as the last line.
    flush: () => passOn('').catch(() => {}),
    passOn,
  }
}

/** The same log into any stream: for tests and for commands that write to standard error. */
export function createLogTo(
  stream: DestinationStream,
  options: Omit<LogOptions, 'descriptor'>,
): Log {
  return toLog(options, stream)
}

function toLog(options: Omit<LogOptions, 'descriptor'>, stream: DestinationStream): Log {
  const logger = pino(
    {
      level: options.level,
      base: { ...redact(options.base ?? {}) },
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(options.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // `err` is described by redact already.
      serializers: { err: (facts: unknown) => facts },
    },
    stream,
  )
  const write =
    (level: LogLevel) =>
    (event: string, fields: Fields = {}) => {
      if (logger.isLevelEnabled(level)) logger[level](redact(fields), event)
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
}
