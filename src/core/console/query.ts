/** What a page was asked for, checked at the door. */
export interface Query {
  /** Undefined when it was not given, or given as nothing. */
  readonly text: (name: string) => string | undefined
  readonly problems: readonly string[]
}

const longest = 256
/** Who asks for ten things that are not there has no use for the eleventh. */
const mostProblems = 10

/** Names that the page does not know, and values that no page takes, are told and not guessed at. */
export function readQuery(
  given: Iterable<readonly [string, string]>,
  known: readonly string[],
): Query {
  const values = new Map<string, string>()
  const problems: string[] = []
  for (const [name, value] of given) {
    if (!known.includes(name)) problems.push(`there is no filter called ${name.slice(0, 40)}`)
    else if (values.has(name)) problems.push(`${name} is given twice`)
    else if (value.length > longest) problems.push(`${name} is longer than ${longest} characters`)
    if (problems.length === mostProblems) break
    values.set(name, value.trim())
  }
  return {
    text: (name) => {
      const value = values.get(name) ?? ''
      return value === '' ? undefined : value
    },
    problems,
  }
}

/** A stable address: filters in a fixed order, what is not set left out. */
export function addressOf(
  path: string,
  values: readonly (readonly [string, string | undefined])[],
): string {
  const parts = values.flatMap(([name, value]) =>
    value === undefined || value === ''
      ? []
      : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  )
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`
}
