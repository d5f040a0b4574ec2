import { Option, type Command } from 'commander'
import { forges } from '../../core/promote/compare-url.ts'
import { checked, collect } from '../option-values.ts'
import { declareRendererOptions } from '../renderers.ts'

/** What every command that writes into Git takes. */
export function declarePublishing(command: Command): Command {
  command
    .requiredOption('--policy <file>', 'the policy file')
    .option(
      '--repo <name=place>',
      'directory or URL to copy and to push to, in place of the URL of the policy; may be repeated',
      collect,
    )
    .option('--base <branch>', 'branch of the policy to start from, where several count')
    .option(
      '--file <path>',
      'file in the repository for what Git does not declare yet',
      checked((path) => (isTreeFile(path) ? undefined : 'must be a path below the repository')),
    )
    .option('--confidential', 'also write values that look like secrets')
    .option('--dry-run', 'push nothing: print the commits, as "git am" takes them')
    .addOption(
      new Option('--forge <name>', 'what the host runs, where its name does not say').choices(
        forges,
      ),
    )
  declareRendererOptions(command)
  return command
}

function isTreeFile(path: string): boolean {
  return (
    /^[^/\0\\][^\0\\]*$/.test(path) &&
    !path.split('/').some((part) => ['', '.', '..', '.git'].includes(part))
  )
}
