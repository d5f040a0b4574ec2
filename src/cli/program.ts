import { Command, Help, Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { commandTable, groupSummaries, type CommandEntry, type Run } from './command-table.ts'
import type { Env } from './env.ts'
import { checkFormat } from './output-formats.ts'
import { hasColours, outputFormats, painter, type OutputFormat } from './output.ts'

export type ProgramName = 'solewriter' | 'kubectl'

const narrowest = 80
const exitCodes =
  '\nExit codes: 0 done, 1 the answer is no, 2 usage or configuration, 3 could not find out.'

/**
 * The whole command line. A command's own file is loaded, and declares it, on the way to it. `name`:
 * how people call it.
 */
export function createProgram(
  env: Pick<Env, 'stdout' | 'stderr' | 'vars'>,
  run: Run,
  name: ProgramName,
): Command {
  const program = new Command(name)
  configure(program, env)
  program
    .description(`${manifest.description}.`)
    .usage('COMMAND [options]')
    .version(manifest.version, '--version', 'print the version')
    .addOption(outputOption())
    .addHelpText('after', exitCodes)
    .hook('preAction', (_program, command) => {
      checkFormat(command, outputFormatOf(program))
    })
  for (const entry of commandTable) addEntry(program, placed(entry, name), run)
  return program
}

export function outputFormatOf(program: Command): OutputFormat {
  return program.opts<{ output: OutputFormat }>().output
}

/** `help certs show` is `certs show --help`. */
export function withoutHelpCommand(args: readonly string[]): readonly string[] {
  return args[0] === 'help' ? [...args.slice(1), '--help'] : args
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'how results are printed')
    .choices(outputFormats)
    .argParser((format: string) => format)
    .default(outputFormats[0])
}

/** The plugin has what comes afterwards among its own words: `kubectl breakglass postmortem list`. */
function placed(entry: CommandEntry, name: ProgramName): CommandEntry {
  const isOfPlugin = name === 'kubectl' && entry.words.startsWith('postmortem ')
  return isOfPlugin ? { ...entry, words: `breakglass ${entry.words}` } : entry
}

function addEntry(program: Command, entry: CommandEntry, run: Run): void {
  const words = entry.words.split(' ')
  const name = words.pop() ?? ''
  let parent = program
  for (const word of words) parent = groupIn(parent, word)
  parent.command(name).summary(entry.summary).description(sentence(entry.summary))
  loadBefore(parent, name, async (command) => {
    const { declare } = await entry.load()
    declare(command, run)
  })
}

function groupIn(parent: Command, word: string): Command {
  const present = parent.commands.find((command) => command.name() === word)
  if (present !== undefined) return present
  const summary = groupSummaries[word] ?? ''
  return parent.command(word).summary(summary).description(sentence(summary)).usage('COMMAND')
}

/** Before its arguments are parsed, which is also before its help is printed. */
function loadBefore(
  parent: Command,
  name: string,
  load: (command: Command) => Promise<void>,
): void {
  parent.hook('preSubcommand', async (_parent, command) => {
    if (command.name() === name) await load(command)
  })
}

/** Inherited by every command. */
function configure(program: Command, env: Pick<Env, 'stdout' | 'stderr' | 'vars'>): void {
  const paint = painter(env.stdout, env.vars)
  program
    .exitOverride()
    .helpCommand(false)
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError('(--help shows what is possible)')
    .configureOutput({
      writeOut: (text) => env.stdout.write(text),
      writeErr: (text) => env.stderr.write(text),
      getOutHelpWidth: () => env.stdout.columns ?? narrowest,
      getErrHelpWidth: () => env.stderr.columns ?? narrowest,
      getOutHasColors: () => hasColours(env.stdout, env.vars),
      getErrHasColors: () => hasColours(env.stderr, env.vars),
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => paint('bold', title),
      subcommandTerm: wordsOf,
      formatHelp: (command, help) => {
        // Only here: what was meant by a word that is not known is looked for among its neighbours.
        help.visibleCommands = verbsBelow
        return Help.prototype.formatHelp.call(help, command, help)
      },
    })
}

/** All the verbs rather than their first words: there are few enough. */
function verbsBelow(command: Command): Command[] {
  return command.commands.flatMap((child) =>
    child.commands.length === 0 ? [child] : verbsBelow(child),
  )
}

function wordsOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${wordsOf(parent)} ${command.name()}` : command.name()
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
