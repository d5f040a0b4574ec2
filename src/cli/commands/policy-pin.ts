import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { GuardError } from '../../core/errors.ts'
import { readObjects } from '../../core/manifest/documents.ts'
import { parseManifests } from '../../core/manifest/parse.ts'
import { pinnedRoot, rootsYaml, type PinnedRoot } from '../../core/policy/pinned.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { print, printJson, type OutputFormat } from '../output.ts'
import { standardInput } from '../records.ts'

export const declare: Declare = (command, run) => {
  command
    .requiredOption(
      '-f, --file <file>',
      'engine objects, YAML or JSON; - is stdin; may be repeated',
      collect,
    )
    .addHelpText('after', explanation)
    .action((options: { readonly file: readonly string[] }) =>
      run((env, output) => policyPin({ files: options.file, output }, env)),
    )
}

const explanation = `
Give the objects as they are in the cluster, with what the API server added to them:
  kubectl get -n flux-system kustomization,gitrepository flux-system -o yaml | solewriter policy pin -f -
A root counts as declared while its spec has this digest: after each wanted change, pin it again.`

export interface PolicyPinOptions {
  readonly files: readonly string[]
  readonly output: OutputFormat
}

export async function policyPin({ files, output }: PolicyPinOptions, env: Env): Promise<number> {
  const roots: PinnedRoot[] = []
  for (const file of files) roots.push(...(await rootsOf(file, env)))
  if (output === 'json') await printJson(env, { roots })
  else await print(env, rootsYaml(roots))
  return exit.done
}

async function rootsOf(file: string, env: Env): Promise<readonly PinnedRoot[]> {
  const name = file === standardInput ? 'standard input' : file
  const { objects, problems } = readObjects(parseManifests(await contentOf(file, env)), '')
  const [problem] = problems
  if (problem !== undefined) throw invalid(`${name}:${problem.line}`, problem.message)
  if (objects.length === 0) throw invalid(name, 'holds no object')
  return objects.map((one) => {
    const root = pinnedRoot(one)
    if (typeof root !== 'string') return root
    throw invalid(`${name}:${one.line}`, `${one.kind} ${one.name} ${root}`)
  })
}

function invalid(place: string, message: string): GuardError {
  return new GuardError('ManifestInvalid', `${place}: ${message}`)
}

async function contentOf(file: string, env: Env): Promise<Uint8Array> {
  if (file === standardInput) return buffer(env.stdin)
  try {
    return await readFile(path.resolve(env.cwd, file))
  } catch (cause) {
    throw new UsageError(`${file} cannot be read`, { cause })
  }
}
