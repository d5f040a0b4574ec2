/** Text that has one spelling only: nothing in it is or could be escaped. */
const text = '"[ !#-\\[\\]-~]*"'
const orNull = (pattern: string): string => `(?:${pattern}|null)`
const list = (item: string): string => `\\[(?:${item}(?:,${item})*)?\\]`
const flag = '(?:true|false)'
const whole = '(?:0|[1-9]\\d{0,14})'
const digest = '"sha256:[0-9a-f]{64}"'
const git = `\\{"commit":${text},"evidence":${text},"path":${orNull(text)},"repo":${text},"verified":${flag}\\}`

/** The members of a decision's record, in the order of their names. */
const members: Readonly<Record<string, string>> = {
  cluster: text,
  config: text,
  cred: orNull(text),
  decision: text,
  decisionId: text,
  dryRun: flag,
  fingerprint: text,
  git: orNull(git),
  groupCount: whole,
  groups: list(text),
  gvr: text,
  idClass: text,
  latencyMs: `${whole}(?:\\.[1-9])?`,
  mode: text,
  name: text,
  ns: text,
  objUid: text,
  op: text,
  paths: list(text),
  peer: orNull(text),
  policy: text,
  post: orNull(text),
  pre: orNull(text),
  prev: `(${digest})`,
  program: orNull(text),
  reason: text,
  requestUid: text,
  rule: orNull(text),
  rv: text,
  seq: '([1-9]\\d{0,14})',
  sub: text,
  time: text,
  uid: text,
  user: text,
  v: '1',
  wouldDeny: flag,
  writer: `(${text})`,
}

const usual = new RegExp(
  `^\\{${Object.entries(members)
    .map(([name, pattern]) => `"${name}":${pattern}`)
    .join(',')}\\}$`,
)

/**
 * The place of a record as nearly all of them are, told from its text: several times faster than to
 * parse it and to compare it with its canonical text. Undefined where that has to be done.
 */
export function usualPlace(
  line: string,
): { readonly writer: string; readonly seq: number; readonly prev: string } | undefined {
  const found = usual.exec(line)
  if (found === null) return undefined
  const [, prev = '', seq = '', writer = ''] = found
  return { writer: writer.slice(1, -1), seq: Number(seq), prev: prev.slice(1, -1) }
}
