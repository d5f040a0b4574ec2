import type { JsonObject } from '../core/manifest/json.ts'
import type { TreeFile } from '../core/provenance/repository.ts'
import { isLink, isSubmodule, join } from './commit-tree.ts'
import { editGenerated } from './flux-kustomization.ts'
import { followText, withoutMissing } from './kustomization-edits.ts'
import {
  defaultName,
  findFor,
  isKustomization,
  kustomizationIn,
  type Walk,
} from './kustomize-walk.ts'
import { asRewritten, type Rewritten } from './rewriting.ts'

/**
 * The folder of a Kustomization, with the kustomization that kustomize-controller makes of the one that
 * is there, or writes where there is none.
 */
export async function openForFlux(walk: Walk, folder: string, edits: JsonObject): Promise<void> {
  const { found, folders } = walk
  const ownName = join(folder, defaultName)
  const why = await whyNotFolder(walk, folder)
  if (why !== undefined) {
    found.report({ file: ownName, line: 1 }, why)
    return
  }
  folders.add(folder)
  const present = await withoutMissing(walk, folder, edits)
  const main = await kustomizationIn(walk, folder)
  const file = main?.path ?? ownName
  const written =
    main === undefined
      ? asRewritten(editGenerated(await resourcesIn(walk, folder), present))
      : await rewrite(walk, main, present)
  for (const { line, message } of written.problems) found.report({ file, line }, message)
  if (written.problems.length > 0) return
  found.write({ in: 'tree', path: file, text: written.text })
  await followText(walk, { folder, file }, written.text)
}

async function whyNotFolder(walk: Walk, folder: string): Promise<string | undefined> {
  const here = await findFor(walk, folder)
  if (here.kind === 'none') return here.why
  if (here.kind === 'file') return 'the path is not a folder'
  const own = await findFor(walk, join(folder, defaultName))
  return own.kind === 'folder' ? 'a folder in place of the kustomization' : undefined
}

async function rewrite(walk: Walk, main: TreeFile, edits: JsonObject): Promise<Rewritten> {
  const { at, trees, readings, found } = walk
  found.add(main)
  if (!found.isReadable(main)) return { text: '', problems: [] }
  const text = readings.blob(at.repository, trees, main.oid)
  const rewritten = await readings.rewrite(text, { engine: 'flux', edits })
  found.note(main, { problems: [], expires: rewritten.expires })
  return rewritten
}

/**
 * Every YAML file, and in place of a folder with a kustomization that folder. What source-controller
 * leaves out is not there, and links are never.
 */
async function resourcesIn({ at, trees, rules }: Walk, folder: string): Promise<readonly string[]> {
  const listed = await trees.list(at.commit, folder)
  const files = listed.filter(
    (file) => !isLink(file) && !isSubmodule(file) && !rules.isLeftOut(file.path),
  )
  const own = new Set(
    files.flatMap(({ path }) =>
      isKustomization(path) ? [path.slice(0, path.lastIndexOf('/'))] : [],
    ),
  )
  const resources = new Set<string>()
  for (const { path } of files) {
    const inner = firstOf(own, folder, path)
    if (inner !== undefined || /\.ya?ml$/.test(path)) resources.add(inner ?? path)
  }
  const start = folder === '' ? 0 : folder.length + 1
  return [...resources].map((path) => `./${path.slice(start)}`)
}

/** The outermost folder with a kustomization, below `folder`, that the file is in. */
function firstOf(own: ReadonlySet<string>, folder: string, path: string): string | undefined {
  const start = folder === '' ? 0 : folder.length + 1
  for (let end = path.indexOf('/', start); end !== -1; end = path.indexOf('/', end + 1)) {
    const inner = path.slice(0, end)
    if (own.has(inner)) return inner
  }
  return undefined
}
