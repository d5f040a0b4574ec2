import type { Plan } from '../core/plans/plan.ts'
import type { TreeFile } from '../core/provenance/repository.ts'
import { compileArgoGlob } from './argo-glob.ts'
import { isLink, isSubmodule } from './commit-tree.ts'
import { treePath } from './source-index.ts'

const manifestName = /\.(?:yaml|yml|json)$/
const argoName = /\.(?:yaml|yml|json|jsonnet)$/

/** The files that are manifests, or would be if they could be opened. Text: why nobody can say. */
export function selectFiles(
  files: readonly TreeFile[],
  { path, plain }: Plan,
): readonly TreeFile[] | string {
  // What a source declares although nobody wrote it: links would lead out of the tree that was signed off.
  if (plain === undefined) {
    return files.filter((file) => manifestName.test(file.path) || isLink(file) || isSubmodule(file))
  }
  const { isRecursive, include, exclude } = plain
  const [isIncluded, isExcluded] = [include, exclude].map((pattern) =>
    pattern === '' ? anything : compileArgoGlob(pattern),
  )
  if (isIncluded === undefined) return 'directory.include is no pattern that can be read'
  if (isExcluded === undefined) return 'directory.exclude is no pattern that can be read'
  const start = treePath(path) === '' ? 0 : treePath(path).length + 1
  return files.filter((file) => {
    const name = file.path.slice(start)
    if (!isRecursive && name.includes('/')) return false
    // A folder, and which of its files are manifests nobody can see.
    if (isSubmodule(file)) return isRecursive
    const isOut = exclude !== '' && isExcluded(name)
    return argoName.test(name) && !isOut && isIncluded(name)
  })
}

export function isJsonnet({ path }: TreeFile): boolean {
  return path.endsWith('.jsonnet')
}

function anything(): boolean {
  return true
}
