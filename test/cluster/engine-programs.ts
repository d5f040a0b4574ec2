import { ensureBinaries } from './binaries.ts'
import { Failure, type Progress } from './failure.ts'
import { familyOf, type EngineProgramName } from './families.ts'
import { enginesIn, type ComponentGroup, type EngineName } from './plan.ts'

export interface EngineProgram {
  readonly path: string
  /** What an installation would apply: a file or a folder; '' for none. */
  readonly manifests: string
}

export type EnginePrograms = Readonly<Partial<Record<EngineProgramName, EngineProgram>>>

const programsOf: Readonly<Record<EngineName, readonly EngineProgramName[]>> = {
  flux: ['source-controller', 'kustomize-controller', 'helm-controller'],
  'argo-cd': ['argocd', 'miniredis'],
}

/** Finds or builds what the engines among the groups run. */
export async function enginePrograms(
  groups: readonly ComponentGroup[],
  progress: Progress,
): Promise<EnginePrograms> {
  const names = enginesIn(groups).flatMap((engine) => programsOf[engine])
  const found = await ensureBinaries(names, progress)
  const programs = names.map((name): [EngineProgramName, EngineProgram] => {
    const manifests = familyOf(name).manifests?.copy ?? ''
    return [name, { path: found[name].path, manifests }]
  })
  return Object.fromEntries(programs)
}

export function programOf(programs: EnginePrograms, name: EngineProgramName): EngineProgram {
  const program = programs[name]
  if (program === undefined) throw new Failure(3, `${name} was not prepared`)
  return program
}
