import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { ensureBinaries } from '../test/cluster/binaries.ts'
import { listClusters } from '../test/cluster/directory.ts'
import { Failure, messageOf } from '../test/cluster/failure.ts'
import { binaryNames } from '../test/cluster/families.ts'
import { Output, prepareEnding, type Ending } from './ending.ts'
import { createFleet } from './fleet.ts'
import { howToEnd, howToUse, keptName, whatNext, whatToExpect, type Settings } from './guide.ts'
import { LiveStage } from './live.ts'
import { RecordedStage } from './recorded.ts'
import type { Stage } from './stage.ts'
import { tell } from './story.ts'
import { Surprise } from './surprise.ts'
import { createNarrator, type Narrator } from './terminal.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

const usage = `usage: npm run demo [-- --keep | --recorded]

  --keep      leave the cluster running, and say how to use it and how to end it
  --recorded  no control plane: recorded requests, decided now by the same code; takes seconds

Exit codes: 0 everything was as promised, 1 something was not, 2 usage, 130 interrupted.
`
const exit = { done: 0, no: 1, usage: 2 } as const

async function main(args: readonly string[]): Promise<number> {
  let settings: Settings | undefined
  try {
    settings = settingsOf(args)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage}`)
    return exit.usage
  }
  if (settings === undefined) {
    process.stdout.write(usage)
    return exit.done
  }
  if (settings.isKept && (await isKeptThere())) {
    process.stderr.write(`The cluster ${keptName} is running already. To end it:\n  ${howToEnd}\n`)
    return exit.no
  }
  const output = new Output()
  const workspace = createWorkspace()
  const name = settings.isKept ? keptName : `${keptName}-${randomBytes(3).toString('hex')}`
  const ending = prepareEnding(name, workspace, output)
  const narrator = createNarrator(output, process.env)
  try {
    return await play({ narrator, workspace, name, settings, ending })
  } catch (error) {
    await ending.cleanUp()
    throw error
  }
}

/** Undefined when help is wanted. */
function settingsOf(args: readonly string[]): Settings | undefined {
  const flag = { type: 'boolean', default: false } as const
  const options = { keep: flag, recorded: flag, help: { ...flag, short: 'h' } } as const
  const { values } = parseArgs({ args: [...args], options })
  if (values.keep && values.recorded) throw new Error('--keep and --recorded do not go together')
  return values.help ? undefined : { isKept: values.keep, isRecorded: values.recorded }
}

async function isKeptThere(): Promise<boolean> {
  return (await listClusters()).some(({ name }) => name === keptName)
}

interface Demo {
  readonly narrator: Narrator
  readonly workspace: Workspace
  /** Of the cluster. */
  readonly name: string
  readonly settings: Settings
  readonly ending: Ending
}

async function play(demo: Demo): Promise<number> {
  const { narrator, workspace, settings, ending } = demo
  whatToExpect(narrator, settings)
  const isRecorded = settings.isRecorded || !(await isControlPlaneThere(narrator))
  const live = new LiveStage({ ...demo, isKept: settings.isKept })
  const isGood = await isAsPromised(isRecorded ? new RecordedStage(demo) : live, demo)
  const { cluster } = live
  if (isGood && settings.isKept && cluster !== undefined) {
    howToUse(narrator, cluster, workspace)
    cluster.release()
  } else await ending.cleanUp()
  if (isGood) whatNext(narrator, isRecorded)
  return isGood ? exit.done : exit.no
}

async function isAsPromised(stage: Stage, { narrator, workspace }: Demo): Promise<boolean> {
  try {
    await tell({ stage, fleet: createFleet(workspace, narrator), narrator, workspace })
    return true
  } catch (error) {
    narrator.failed(describe(error))
    return false
  } finally {
    await stage.close()
  }
}

/** Only binaries that cannot be had are a reason to fall back: a broken cluster is a surprise. */
async function isControlPlaneThere(narrator: Narrator): Promise<boolean> {
  try {
    await ensureBinaries(binaryNames, (line) => narrator.progress(line))
    return true
  } catch (error) {
    narrator.failed(messageOf(error))
    narrator.say(
      'No control plane can be had here: that takes the internet, or Go. What follows is the demo from recordings, as with --recorded.',
    )
    return false
  }
}

function describe(error: unknown): string {
  if (error instanceof Surprise) return error.message
  if (error instanceof Failure) return `The cluster did not come up: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

process.exitCode = await main(process.argv.slice(2))
