import { Option } from 'commander'
import path from 'node:path'
import { rotate } from '../../certs/operations.ts'
import { directoryOption, printSetChanges } from '../certs-text.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { progress, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  command
    .addOption(directoryOption())
    .addOption(
      new Option('--set <name>', 'which certificates')
        .choices(['server', 'client'])
        .default('server'),
    )
    .option(
      '--authority',
      'a new authority too; the old one is trusted until its certificates are gone',
    )
    .addOption(
      new Option(
        '--distrust',
        'a new authority, the old one distrusted at once: its key has leaked',
      ).conflicts('authority'),
    )
    .action((options: Omit<CertsRotateOptions, 'output'>) =>
      run((env, output) => certsRotate({ ...options, output }, env)),
    )
}

export interface CertsRotateOptions {
  readonly dir: string
  readonly set: 'server' | 'client'
  readonly authority?: boolean
  readonly distrust?: boolean
  readonly output: OutputFormat
}

export async function certsRotate(options: CertsRotateOptions, env: Env): Promise<number> {
  const { dir, set, authority, distrust, output } = options
  const withAuthority = authority === true ? 'authority' : 'leaf'
  using _shown = progress(env, 'making keys')
  const change = await rotate({
    dir: path.resolve(env.cwd, dir),
    set,
    rotation: distrust === true ? 'distrust' : withAuthority,
    now: env.now,
  })
  await printSetChanges({ changes: [change], dir, output }, env)
  return exit.done
}
