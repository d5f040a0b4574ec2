import type { Plan } from '../core/plans/plan.ts'
import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { Trees } from '../core/provenance/repository.ts'
import { editForArgoCd } from './argo-kustomization.ts'
import { BuildFiles, type BuildLimits } from './build-files.ts'
import { join } from './commit-tree.ts'
import { placeIn, sayableLine } from './complaint.ts'
import { FluxArtifacts } from './flux-artifacts.ts'
import { openForFlux } from './flux-walk.ts'
import type { DeclaredLine } from './input-reading.ts'
import {
  defaultName,
  isKustomization,
  isKustomizationOf,
  openFolder,
  type Walk,
  type WalkRules,
} from './kustomize-walk.ts'
import type { Readings } from './readings.ts'
import type { Inputs, PlaceOf, Recipe, Rendered, Where } from './rendered.ts'
import { ignoreFileName } from './source-ignore.ts'
import { treePath, type Place, type SourceAt } from './source-index.ts'

export interface KustomizeRecipeOptions extends BuildLimits {
  readonly readings: Readings
  readonly now: () => number
}

/** `kustomize build` of exactly the files that its kustomizations name, all of one commit. */
export function kustomize(options: KustomizeRecipeOptions): Recipe {
  const artifacts = new FluxArtifacts(options)
  return {
    tool: 'kustomize',
    mainFile,
    inputs: (at, trees) => findInputs({ ...options, artifacts }, at, trees),
    args: ({ path }, { tree }, { reachesOut }) => [
      'build',
      // Whatever is outside was looked for in the commit, and there is nothing else in the tree.
      `--load-restrictor=LoadRestrictions${reachesOut ? 'None' : 'RootOnly'}`,
      treePath(path) === '' ? tree : `${tree}/${treePath(path)}`,
    ],
    explain,
    places: (at, trees, inputs) => findPlaces(options, { at, trees }, inputs),
  }
}

function mainFile({ path }: Plan): string {
  return join(treePath(path), defaultName)
}

function explain(complaint: string, { source, files, tree }: Where): SourceProblem {
  const message = `kustomize: ${sayableLine(complaint, tree)}`
  const paths = files.map(({ path }) => path)
  const main = paths.find((path) => isKustomizationOf(treePath(source.path), path))
  return { ...placeIn(message, paths, main ?? mainFile(source)), message }
}

interface FindOptions extends KustomizeRecipeOptions {
  readonly artifacts: FluxArtifacts
}

const asItIs: WalkRules = { reachesOut: false, decryptsSops: false, isLeftOut: () => false }

async function findInputs(options: FindOptions, at: SourceAt, trees: Trees): Promise<Inputs> {
  const { readings, artifacts } = options
  const found = new BuildFiles(options)
  const walk: Walk = { at, trees, readings, found, folders: new Set(), rules: asItIs }
  const { path, kustomize: engine } = at.source
  const root = treePath(path)
  if (engine?.engine === 'flux') {
    const isLeftOut = await artifacts.filter(at, trees)
    if (typeof isLeftOut === 'string') {
      found.report({ file: ignoreFileName, line: 1 }, isLeftOut)
    } else {
      const decryptsSops = engine.encryptedFiles === 'sops'
      const rules = { reachesOut: true, decryptsSops, isLeftOut }
      await openForFlux({ ...walk, rules }, root, engine.edits)
    }
    return found.inputs()
  }
  const main = await openFolder(walk, root, { file: mainFile(at.source), line: 1 })
  if (main !== undefined && engine !== undefined) await editForArgoCd(walk, main, engine.edits)
  return found.inputs()
}

type Candidate = DeclaredLine & { readonly file: string }

/** kustomize renames, so that an object is from the file that has its kind and most of its name. */
async function findPlaces(
  { readings }: KustomizeRecipeOptions,
  { at, trees }: { readonly at: SourceAt; readonly trees: Trees },
  inputs: Inputs,
): Promise<PlaceOf> {
  const candidates: Candidate[] = []
  for (const { path, oid } of inputs.files) {
    const text = readings.blob(at.repository, trees, oid)
    const { declares } = await readings.look(
      text,
      isKustomization(path) ? 'kustomization' : 'names',
    )
    for (const one of declares) candidates.push({ ...one, file: path })
  }
  const root = treePath(at.source.path)
  const main = inputs.files.find(({ path }) => isKustomizationOf(root, path))?.path
  const fallback = { file: main ?? mainFile(at.source), line: 1 }
  return (object) => closest(candidates, object) ?? fallback
}

function closest(
  candidates: readonly Candidate[],
  { kind, name = '' }: Rendered,
): Place | undefined {
  let best: Candidate | undefined
  for (const one of candidates) {
    const fits = one.kind === kind && one.name !== '' && name.includes(one.name)
    if (fits && one.name.length > (best?.name.length ?? 0)) best = one
  }
  return best === undefined ? undefined : { file: best.file, line: best.line }
}
