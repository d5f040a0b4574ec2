import path from 'node:path'
import { show } from '../../certs/show.ts'
import { directoryOption, setReportText } from '../certs-text.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { painter, print, printJson, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  command
    .argument('[DIR]', 'the same as --dir')
    .addOption(directoryOption())
    .addHelpText('after', explanation)
    .action((dir: string | undefined, options: { readonly dir: string }) =>
      run((env, output) => certsShow({ dir: dir ?? options.dir, output }, env)),
    )
}

const explanation = `
Ends with 1 when anything is wrong or due. A mounted Secret can be shown too.`

export interface CertsShowOptions {
  readonly dir: string
  readonly output: OutputFormat
}

export async function certsShow({ dir, output }: CertsShowOptions, env: Env): Promise<number> {
  const sets = await show({ dir: path.resolve(env.cwd, dir), now: env.now })
  if (sets.length === 0)
    throw new UsageError(`${dir} holds no certificates: certs bootstrap makes them`)
  if (output === 'json') {
    await printJson(env, { dir, sets })
  } else {
    const paint = painter(env.stdout, env.vars)
    await print(env, sets.map((set) => setReportText(set, paint)).join('\n'))
  }
  return sets.every(({ problems }) => problems.length === 0) ? exit.done : exit.no
}
