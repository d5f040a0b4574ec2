import { openTools, type ToolName, type Tools } from '../../src/render/tools.ts'
import { ensureBinaries } from '../cluster/binaries.ts'
import { rendererNames } from '../cluster/families.ts'

/** The released programs, made on first use. */
export async function realTools(programs: Partial<Record<ToolName, string>> = {}): Promise<Tools> {
  const found = await ensureBinaries(rendererNames, (line) => process.stderr.write(`${line}\n`))
  return openTools({
    programs: { kustomize: found.kustomize.path, helm: found.helm.path, ...programs },
    searchPath: process.env['PATH'] ?? '',
    now: () => 0,
  })
}
