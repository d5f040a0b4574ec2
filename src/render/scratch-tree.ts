import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import { isLfsPointer, isPointer } from './file-reading.ts'
import type { WrittenFile } from './rendered.ts'
import { makeScratchDirectory } from './scratch-directory.ts'

export interface Scratch {
  /** The files, as in the commit. */
  readonly tree: string
  /** Empty, but for what is written there. */
  readonly home: string
}

/** What must not be written out: nothing was run. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile'
  readonly problem: SourceProblem

  constructor(problem: SourceProblem) {
    super(problem.message)
    this.problem = problem
  }
}

export interface ScratchOptions {
  readonly trees: Trees
  readonly fileBytes: number
  /** In place of what the commit has there. */
  readonly written: readonly WrittenFile[]
}

/** Writes the files out for as long as the job takes. */
export async function withScratch<T>(
  files: readonly TreeFile[],
  { trees, fileBytes, written }: ScratchOptions,
  job: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const root = await makeScratchDirectory()
  try {
    const [tree, home] = [path.join(root, 'tree'), path.join(root, 'home')]
    await Promise.all([mkdir(tree), mkdir(home)])
    const inTree = new Set(written.filter((one) => one.in === 'tree').map((one) => one.path))
    for (const file of files) {
      if (inTree.has(file.path)) continue
      const target = path.join(tree, ...stepsOf(file))
      await mkdir(path.dirname(target), { recursive: true })
      const bytes = await trees.blob(file.oid, fileBytes)
      if (isLfsPointer(bytes)) throw new UnfitFile({ file: file.path, line: 1, message: isPointer })
      await writeFile(target, bytes, asNew)
    }
    for (const own of written) await writeOwn(own, own.in === 'tree' ? tree : home)
    return await job({ tree, home })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const asNew = { mode: 0o600, flag: 'wx' } as const

async function writeOwn(written: WrittenFile, directory: string): Promise<void> {
  const target = path.join(directory, ...stepsOf(written))
  await mkdir(path.dirname(target), { recursive: true })
  await writeFile(target, written.text, asNew)
}

/** Names in a tree are anybody's: git refuses these when it fetches, and would not in a local directory. */
function stepsOf({ path: file }: Pick<TreeFile, 'path'>): readonly string[] {
  const steps = file.split('/')
  if (steps.every((step) => !['', '.', '..'].includes(step) && !step.includes('\0'))) return steps
  throw new UnfitFile({ file, line: 1, message: 'a path that leads out of its folder' })
}
