import { GuardError } from '../errors.ts'
import type { Declared, DeclaredObject, SourceProblem } from './declarations.ts'
import { refuted, type Refutation } from './proof.ts'

/** `clusters/prod/api.yaml:12`. */
export function place({ file, line }: DeclaredObject): string {
  return `${file}:${line}`
}

/** Why an object is not declared at `where`: files that could not be read may have been meant to. */
export function explainAbsence(
  declared: Exclude<Declared, { readonly kind: 'declared' }> | Broken,
  where: string,
): Refutation {
  if (declared.kind === 'pending') return stillRead(where)
  if (declared.kind === 'broken') {
    return refuted('NotDeclared', `${where} cannot be read: ${declared.why}`)
  }
  if (declared.kind === 'duplicate') {
    const why = `${where} declares it more than once, so not at all: ${declared.places.slice(0, 3).join(', ')}`
    return refuted('NotDeclared', why)
  }
  return refuted('NotDeclared', `${where} does not declare it${unread(declared.problems)}`)
}

/** A plan that cannot be taken at all: nobody knows what it declares, so that it could be anything. */
export interface Broken {
  readonly kind: 'broken'
  /** Names the source. */
  readonly why: string
}

/** Waits for what the index says; that it cannot read a source is an answer too. */
export async function orBroken<T>(asking: Promise<T>): Promise<T | Broken> {
  try {
    return await asking
  } catch (error) {
    if (!(error instanceof GuardError) || error.code !== 'RenderFailed') throw error
    return { kind: 'broken', why: error.message.slice(0, 200) }
  }
}

/** Whether what could not be read may declare an object of that name. */
export function mayHide({ names, hides }: SourceProblem, name: string): boolean {
  return hides === 'anything' || names?.includes(name) === true
}

/** An absence that nobody can be sure of is none. */
export function orHidden(found: Declared | Broken, name: string): Declared | Broken {
  const problem =
    found.kind === 'absent' ? found.problems.find((one) => mayHide(one, name)) : undefined
  if (problem === undefined) return found
  const { file, line, message } = problem
  return { kind: 'broken', why: `${file}:${line} cannot be read: ${message.slice(0, 160)}` }
}

export function stillRead(where: string): Refutation {
  return refuted('IndexPending', `${where} is still being read. Try again`)
}

function unread(problems: readonly SourceProblem[]): string {
  const [first] = problems
  if (first === undefined) return ''
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`
  return `; not read: ${first.file}:${first.line}: ${first.message.slice(0, 160)}${more}`
}
