import type { Trees } from '../core/provenance/repository.ts'
import { isLink, isSubmodule } from './commit-tree.ts'
import { Shelf } from './shelf.ts'
import { ignoreFileName, readIgnoreFiles, type IsLeftOut } from './source-ignore.ts'
import type { SourceAt } from './source-index.ts'

const rememberedTrees = 200
const mostBytes = 256 * 1024

interface Filter {
  /** Text: why nobody can say. */
  readonly isLeftOut: IsLeftOut | string
  readonly expires: number
}

/** What of a commit source-controller puts into its artifact. */
export class FluxArtifacts {
  readonly #filters: Shelf<Filter>

  constructor({ now }: { readonly now: () => number }) {
    this.#filters = new Shelf(rememberedTrees, () => 1, now)
  }

  async filter({ repository, commit }: SourceAt, trees: Trees): Promise<Filter['isLeftOut']> {
    const tree = (await trees.treeAt(commit, '')) ?? commit
    const make = async (): Promise<Filter> => ({
      isLeftOut: await readFilter(commit, trees),
      expires: Infinity,
    })
    return (await this.#filters.get(`${repository}\n${tree}`, make)).isLeftOut
  }
}

/** One file with a pattern anywhere, and nothing is left out by default. */
async function readFilter(commit: string, trees: Trees): Promise<IsLeftOut | string> {
  const all = await trees.list(commit, '')
  const files = all.filter(
    ({ path }) => path === ignoreFileName || path.endsWith(`/${ignoreFileName}`),
  )
  if (files.some((file) => isLink(file) || isSubmodule(file))) {
    return `a ${ignoreFileName} that is a link is not followed`
  }
  if (files.reduce((sum, { size }) => sum + size, 0) > mostBytes) {
    return `the ${ignoreFileName} files hold more than ${mostBytes} bytes`
  }
  const texts = files.map(async ({ path, oid }) => {
    const text = new TextDecoder().decode(await trees.blob(oid, mostBytes))
    return { path, text }
  })
  return readIgnoreFiles(await Promise.all(texts)) ?? `the ${ignoreFileName} files hold too much`
}
