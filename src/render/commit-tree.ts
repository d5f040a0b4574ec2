import type { TreeFile, Trees } from '../core/provenance/repository.ts'

/** What stands at a path of a commit. */
export type Found =
  | { readonly kind: 'file'; readonly file: TreeFile }
  | { readonly kind: 'folder' }
  /** Nothing that may be opened. */
  | { readonly kind: 'none'; readonly why: string }

export const linkProblem = 'a symbolic link is not followed'
export const submoduleProblem = 'a submodule is not opened'

type Entry = Pick<TreeFile, 'mode'>

export function isLink({ mode }: Entry): boolean {
  return mode === '120000'
}

export function isSubmodule({ mode }: Entry): boolean {
  return mode === '160000'
}

/** Not even behind a link or a submodule is there anything. */
export async function isAbsent(trees: Trees, commit: string, path: string): Promise<boolean> {
  const found = await findInTree(trees, commit, path)
  return found.kind === 'none' && found.why === absence(path)
}

function absence(path: string): string {
  return `there is no ${path} at this commit`
}

/** '' is the root. A path that leads through a link or a submodule leads to nothing. */
export async function findInTree(trees: Trees, commit: string, path: string): Promise<Found> {
  if (path === '') return { kind: 'folder' }
  const entries = await trees.list(commit, path)
  const [first] = entries
  if (first === undefined) return { kind: 'none', why: await whyNothing(trees, commit, path) }
  const file = entries.find((entry) => entry.path === path)
  if (file === undefined) return { kind: 'folder' }
  if (isLink(file)) return { kind: 'none', why: `${linkProblem}: ${path}` }
  if (isSubmodule(file)) return { kind: 'none', why: `${submoduleProblem}: ${path}` }
  return { kind: 'file', file }
}

/** The nearest thing on the way that does exist says it. */
async function whyNothing(trees: Trees, commit: string, path: string): Promise<string> {
  const steps = path.split('/')
  for (let length = steps.length - 1; length > 0; length -= 1) {
    const above = steps.slice(0, length).join('/')
    const [first] = await trees.list(commit, above)
    if (first === undefined) continue
    if (first.path !== above) break
    if (isLink(first)) return `${linkProblem}: ${above}`
    if (isSubmodule(first)) return `${submoduleProblem}: ${above}`
  }
  return absence(path)
}

/** A path written in a file of `folder`; undefined if it leads out of the repository. */
export function pathFrom(folder: string, written: string): string | undefined {
  const steps = folder === '' ? [] : folder.split('/')
  for (const step of written.split('/')) {
    if (step === '' || step === '.') continue
    if (step !== '..') steps.push(step)
    else if (steps.pop() === undefined) return undefined
  }
  return steps.join('/')
}

export function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
