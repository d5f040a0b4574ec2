import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Json } from '../core/manifest/json.ts'
import type { Readings } from './readings.ts'
import type { ToolEnd } from './tool-process.ts'

/** How Argo CD edits a kustomization before it builds it: with kustomize itself, and once by hand. */
export interface Editing {
  /** The kustomization, from the root of the repository. */
  readonly file: string
  /** Arguments of one command after the other. */
  readonly before: readonly (readonly string[])[]
  /** Behind those of the file. */
  readonly patches: readonly Json[]
  readonly after: readonly (readonly string[])[]
}

type Undone = Exclude<ToolEnd, { kind: 'done' }>

export type Run = (args: readonly string[], cwd?: string) => Promise<ToolEnd>

export interface Place {
  readonly tree: string
  readonly run: Run
  readonly readings: Readings
}

/** How a command ended that was not done; undefined if all were. */
export async function runEdits(
  editing: Editing | undefined,
  place: Place,
): Promise<Undone | undefined> {
  if (editing === undefined) return undefined
  const { before, patches, after } = editing
  const file = path.join(place.tree, editing.file)
  const run: Run = (args) => place.run(args, path.dirname(file))
  return (
    (await runAll(before, run)) ??
    (patches.length === 0 ? undefined : await addPatches(patches, file, place)) ??
    runAll(after, run)
  )
}

/** How the first command that was not done ended. */
export async function runAll(commands: Editing['before'], run: Run): Promise<Undone | undefined> {
  for (const args of commands) {
    const end = await run(args)
    if (end.kind !== 'done') return end
  }
  return undefined
}

async function addPatches(patches: readonly Json[], file: string, { readings }: Place) {
  const bytes = await readFile(file)
  const id = createHash('sha256').update(bytes).digest('hex')
  const text = { id, bytes: () => Promise.resolve(bytes) }
  const rewritten = await readings.rewrite(text, { engine: 'argo-cd', patches })
  const [problem] = rewritten.problems
  if (problem !== undefined) return { kind: 'failed' as const, complaint: problem.message }
  await writeFile(file, rewritten.text)
  return undefined
}
