import type { ArgoCdOptions } from '../../plans/plan.ts'
import { shown } from './names.ts'
import { resolvePath } from './repository-path.ts'
import { ofCommit, substitute } from './substitution.ts'

type ResolvedFile =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'refused'; readonly why: string }

/**
 * A file of values by the name that a source gives it: from its folder, from the root with a slash, or
 * from another source by `$name/`. Only what lies in the repository at the same commit is one.
 */
export function resolveFile(raw: string, options: ArgoCdOptions, folder: string): ResolvedFile {
  const lender = lenderOf(raw, options)
  if (lender !== undefined && lender.whyNot !== '') return refused(`${shown(raw)} ${lender.whyNot}`)
  const text = substitute(lender?.path ?? raw, options.environment)
  if (text === undefined) return refused(`${shown(raw)} ${ofCommit}`)
  const path = resolvePath(folder, text) ?? ''
  const why = isUrl(text) ? 'is a URL, and nothing is fetched' : whyNotFile(path)
  return why === undefined ? { kind: 'file', path } : refused(`${shown(raw)} ${why}`)
}

/** Another name behind the dollar is a variable. */
function lenderOf(raw: string, { references }: ArgoCdOptions) {
  const [first = '', ...below] = raw.split('/')
  const name = first.slice(1)
  if (!first.startsWith('$') || !Object.hasOwn(references, name)) return undefined
  return { path: `/${below.join('/')}`, whyNot: references[name] ?? '' }
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text)
}

function whyNotFile(path: string): string | undefined {
  if (path === '') return 'is no file below the root of the repository'
  if (/[*?[]/.test(path)) return 'is a pattern: name each file'
  // Helm would take it apart once more.
  return /[,\\]/.test(path) ? 'has a comma or a backslash' : undefined
}

function refused(why: string): ResolvedFile {
  return { kind: 'refused', why }
}
