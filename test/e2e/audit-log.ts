import { readFileSync } from 'node:fs'

/** One line of the API server's own audit log, as far as tests look at it. */
export interface AuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly impersonatedUser?: { readonly username: string; readonly uid?: string }
  readonly responseStatus?: { readonly code: number }
  readonly annotations?: Readonly<Record<string, string>>
}

export function readAuditLog(file: string): readonly AuditEvent[] {
  const text = readFileSync(file, 'utf8')
  // The last line may be half written.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const lines = whole.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as AuditEvent)
}
