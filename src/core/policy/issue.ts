/** Where in the policy something is: keys and list positions. */
export type IssuePath = readonly (string | number)[]

/** Something wrong in a policy, before its place in the text is known. */
export interface Finding {
  readonly path: IssuePath
  readonly message: string
  /** Point at the key rather than at its value, because the key itself is what is wrong. */
  readonly atKey?: true
}

/** One thing wrong in a policy file, or worth a warning. */
export interface Issue {
  readonly file: string
  /** From 1; of the nearest node that exists when something is missing. */
  readonly line: number
  readonly column: number
  /** `spec.writers[0].subject`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

/** `policy.yaml:7:19: spec.mode: must be ...`, as compilers write it. */
export function formatIssue(issue: Issue): string {
  const place = `${issue.file}:${issue.line}:${issue.column}`
  return issue.path === ''
    ? `${place}: ${issue.message}`
    : `${place}: ${issue.path}: ${issue.message}`
}

export function formatIssuePath(path: IssuePath): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (!/^[A-Za-z_$][\w$-]*$/.test(step)) text += `[${quoted(step)}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

/** Text from the file for a message: escaped, so that it cannot forge lines, and short. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
