import path from 'node:path'
import type { JsonObject } from '../../core/manifest/json.ts'
import type { Api } from '../../kubernetes/api.ts'
import {
  deleteConfiguration,
  deleteMarker,
  isSameConfiguration,
  markerName,
  readMarker,
  restoreConfiguration,
  writeMarker,
  type EmergencyMarker,
  type Written,
} from '../../kubernetes/emergency.ts'
import { nameOf, readConfiguration } from '../../kubernetes/webhook-configuration.ts'
import type { Declare } from '../command-table.ts'
import { readConfigurationFile } from '../configuration-file.ts'
import { confirm } from '../emergency/confirm.ts'
import { insist } from '../emergency/insist.ts'
import { saveLocally, type LocalCopy } from '../emergency/local-copy.ts'
import {
  declareEmergencyOptions,
  withCluster,
  type EmergencyOptions,
} from '../emergency/options.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { print, printable, printJson } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareEmergencyOptions(command)
    .option('-f, --file <file>', 'restore what is in this file instead of what was saved')
    .addHelpText('after', explanation)
    .action((options: Omit<EmergencyOnOptions, 'output'>) =>
      run((env, output) => emergencyOn({ ...options, output }, env)),
    )
}

const explanation = `
Removes the marker ${markerName}, then restores the webhook configuration: the other way
round the gate would refuse the removal.`

export interface EmergencyOnOptions extends EmergencyOptions {
  readonly file?: string
}

interface Switching {
  readonly api: Api
  readonly options: EmergencyOnOptions
  readonly env: Env
  readonly marker: EmergencyMarker | undefined
  readonly wanted: readonly JsonObject[]
}

export async function emergencyOn(options: EmergencyOnOptions, env: Env): Promise<number> {
  return withCluster(options, env, async (api) => {
    const marker = await readMarker(api, options.namespace)
    const wanted =
      options.file === undefined
        ? (marker?.configurations ?? [])
        : await readConfigurationFile(path.resolve(env.cwd, options.file))
    if (wanted.length === 0) {
      env.stderr.write(`${api.host}: nothing was saved there: give a file with -f\n`)
      return exit.no
    }
    const what = `${api.host}: restore webhook configuration ${wanted.map(nameOf).join(', ')}`
    if (options.dryRun === true) {
      await print(env, `${printable(`would ${what}`)}\n`)
      return exit.done
    }
    if (options.yes !== true && !(await confirm(`${what}?`, env))) return exit.no
    return switchOn({ api, options, env, marker, wanted })
  })
}

async function switchOn(switching: Switching): Promise<number> {
  const { api, env, wanted, marker } = switching
  const present = await presentOnes(api, wanted)
  const other = present.find(({ live, saved }) => !isSameConfiguration(live, saved))
  if (other !== undefined) {
    env.stderr.write(
      `${printable(`${nameOf(other.live)} is there already, and is not what was saved: something else wrote it.`)}\n` +
        'Stop that and run "emergency off" again, or remove the marker by hand: docs/emergency.md\n',
    )
    return exit.no
  }
  const copy = await saveLocally(wanted, env)
  if (marker !== undefined) await removeMarker(switching, present)
  for (const configuration of wanted) {
    const restored = await restoreOrKeep(api, configuration)
    if (restored.kind === 'refused') return keepMarker(switching, restored.why, copy)
  }
  await copy.remove()
  await report(switching)
  return exit.done
}

interface Present {
  readonly live: JsonObject
  readonly saved: JsonObject
}

async function presentOnes(api: Api, wanted: readonly JsonObject[]): Promise<readonly Present[]> {
  const present: Present[] = []
  for (const saved of wanted) {
    const live = await readConfiguration(api, nameOf(saved))
    if (live !== undefined) present.push({ live, saved })
  }
  return present
}

/** A gate that is back already refuses the removal: it steps aside for a moment. */
async function removeMarker(
  { api, options, env }: Switching,
  present: readonly Present[],
): Promise<void> {
  const remove = () => deleteMarker(api, options.namespace)
  if (present.length === 0) {
    warnAbout(await insist(remove, env), env)
    return
  }
  if ((await remove()).kind === 'done') return
  for (const { live } of present) await deleteConfiguration(api, live)
  warnAbout(await insist(remove, env), env)
}

function warnAbout(removal: Written, env: Env): void {
  if (removal.kind === 'done') return
  env.stderr.write(
    `WARNING: ${printable(`the marker ${markerName} could not be removed: ${removal.why}`)}\n`,
  )
}

async function restoreOrKeep(api: Api, saved: JsonObject): Promise<Written> {
  const live = await readConfiguration(api, nameOf(saved))
  return live === undefined ? restoreConfiguration(api, saved) : { kind: 'done' }
}

/** Still off: so that the next attempt finds what to restore. */
async function keepMarker(
  { api, options, env, marker }: Switching,
  why: string,
  copy: LocalCopy,
): Promise<number> {
  const where = copy.file === undefined ? '' : `; a copy of it is in ${copy.file}`
  env.stderr.write(`${printable(`the webhook configuration was not restored: ${why}${where}`)}\n`)
  if (marker !== undefined) await writeMarker(api, options.namespace, marker)
  return exit.unknown
}

async function report({ api, options, env, wanted, marker }: Switching): Promise<void> {
  const on = {
    cluster: api.host,
    restored: wanted.map(nameOf),
    offSince: marker?.at ?? null,
    offBy: marker?.by ?? null,
    reason: marker?.reason ?? null,
  }
  if (options.output === 'json') return printJson(env, on)
  const since = marker === undefined ? '' : ` (off since ${marker.at} by ${marker.by})`
  await print(
    env,
    `${printable(`solewriter is ON in ${on.cluster}: ${on.restored.join(', ')}${since}`)}\n` +
      'What was written meanwhile was seen by nobody: the API server knows it from its audit log.\n',
  )
}
