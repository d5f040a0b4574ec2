import { InvalidArgumentError } from 'commander'

/** For an option that may be given several times. Not variadic: `--dns a b` would swallow arguments. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** `check` answers why a value is none. */
export function checked(check: (value: string) => string | undefined): (value: string) => string {
  return (value) => {
    const problem = check(value)
    if (problem !== undefined) throw new InvalidArgumentError(problem)
    return value
  }
}
