const checkNames = [
  'api-server',
  'definitions',
  'webhook',
  'guard',
  'mutators',
  'policies',
  'holders',
  'coverage',
  'endpoints',
  'certificates',
  'controller',
  'mode',
] as const
export type CheckName = (typeof checkNames)[number]

/** `note`: as it should be, or as good as it can be; told for completeness. */
export const severities = ['problem', 'warning', 'note'] as const
export type Severity = (typeof severities)[number]

/** One thing that somebody may want to change. */
export interface Finding {
  readonly severity: Severity
  /** A word for what it is, the same in each release. */
  readonly kind: string
  /** One sentence. */
  readonly what: string
  readonly fix: string
  /** To look at it, or to put it right, with kubectl. */
  readonly command?: string
  /** What it is about, by name, for machines. */
  readonly facts: Readonly<Record<string, string | readonly string[]>>
}

export const severityOrder: Readonly<Record<Severity, number>> = { problem: 0, warning: 1, note: 2 }
