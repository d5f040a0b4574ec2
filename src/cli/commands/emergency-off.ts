import type { JsonObject } from '../../core/manifest/json.ts'
import type { Api } from '../../kubernetes/api.ts'
import { whoAmI } from '../../kubernetes/cluster.ts'
import {
  deleteConfiguration,
  markerName,
  readMarker,
  writeMarker,
  type EmergencyMarker,
  type Written,
} from '../../kubernetes/emergency.ts'
import { findConfigurations, nameOf } from '../../kubernetes/webhook-configuration.ts'
import type { Declare } from '../command-table.ts'
import { confirm } from '../emergency/confirm.ts'
import { saveLocally, type LocalCopy } from '../emergency/local-copy.ts'
import {
  declareEmergencyOptions,
  withCluster,
  type EmergencyOptions,
} from '../emergency/options.ts'
import { insist, insistOnAnswer } from '../emergency/insist.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { print, printable, printJson } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareEmergencyOptions(command)
    .requiredOption('--reason <text>', 'why, for those who read it afterwards')
    .addHelpText('after', explanation)
    .action((options: Omit<EmergencyOffOptions, 'output'>) =>
      run((env, output) => emergencyOff({ ...options, output }, env)),
    )
}

const explanation = `
Removes the webhook configuration, about which no webhook is ever asked: this works while solewriter
denies everything or is dead. What was removed is kept in the ConfigMap ${markerName};
"emergency on" puts it back. Pause GitOps for the configuration first: see docs/emergency.md.`

export interface EmergencyOffOptions extends EmergencyOptions {
  readonly reason: string
}

export interface EmergencyOff {
  readonly cluster: string
  readonly removed: readonly string[]
  readonly by: string
  readonly at: string
  readonly reason: string
  /** Where it is kept: in the cluster, or in a file when the cluster did not take it. */
  readonly marker: string | null
  readonly file: string | null
}

export async function emergencyOff(options: EmergencyOffOptions, env: Env): Promise<number> {
  if (options.reason.trim() === '') throw new UsageError('--reason says why')
  return withCluster(options, env, async (api) => {
    const found = await findConfigurations(api, options.webhookConfiguration)
    if (found.length === 0) {
      env.stderr.write(`${api.host}: no webhook configuration of solewriter: it is off already\n`)
      return exit.done
    }
    const names = found.map(nameOf).join(', ')
    const what = `${api.host}: remove webhook configuration ${names}: nothing gates writes then`
    if (options.dryRun === true) {
      await print(env, `${printable(`would ${what}`)}\n`)
      return exit.done
    }
    if (options.yes !== true && !(await confirm(`${what}. Do it?`, env))) return exit.no
    return switchOff({ api, options, env, found })
  })
}

interface Switching {
  readonly api: Api
  readonly options: EmergencyOffOptions
  readonly env: Env
  readonly found: readonly JsonObject[]
}

/** The copy comes first and the marker last: between the two the cluster may still refuse writes. */
async function switchOff(given: Switching): Promise<number> {
  const { api, options, env } = given
  const copy = await saveLocally(given.found, env)
  const { removed, refusal } = await removeAll(given)
  if (refusal !== undefined) env.stderr.write(refusal)
  if (removed.length === 0) {
    await copy.remove()
    return exit.no
  }
  const switching = { ...given, found: removed }
  const marker = await markerFor(switching)
  const written = await insist(() => writeMarker(api, options.namespace, marker), env)
  if (written.kind === 'done') await copy.remove()
  else complain(written, { options, env, copy })
  await report(toReport(switching, { marker, written, copy }), { options, env })
  return refusal === undefined ? exit.done : exit.no
}

interface Removal {
  readonly removed: readonly JsonObject[]
  /** Why the next one was not removed, for people. */
  readonly refusal?: string
}

async function removeAll({ api, found }: Switching): Promise<Removal> {
  const removed: JsonObject[] = []
  for (const configuration of found) {
    const removal = await deleteConfiguration(api, configuration)
    if (removal.kind === 'refused') {
      const what = printable(`${nameOf(configuration)} was not removed: ${removal.why}`)
      const refusal = `${what}\nWho may do it, and what to do instead: docs/emergency.md\n`
      return { removed, refusal }
    }
    removed.push(configuration)
  }
  return { removed }
}

/** Who we are is asked after the removal: that question is a review that our webhook may deny. */
async function markerFor({ api, options, env, found }: Switching): Promise<EmergencyMarker> {
  const by = (await insistOnAnswer(() => whoAmI(api), env)) ?? 'unknown'
  const earlier = await readMarker(api, options.namespace).catch(() => undefined)
  const names = new Set(found.map(nameOf))
  // A second `off`, after something had put the configuration back, loses nothing of the first.
  const kept = earlier?.configurations.filter((one) => !names.has(nameOf(one))) ?? []
  return {
    by,
    at: new Date(env.now()).toISOString(),
    reason: options.reason,
    configurations: [...kept, ...found],
  }
}

function complain(
  written: Extract<Written, { kind: 'refused' }>,
  { options, env, copy }: { options: EmergencyOffOptions; env: Env; copy: LocalCopy },
): void {
  const where = `${options.namespace}/${markerName}`
  env.stderr.write(
    `WARNING: ${printable(`the marker ${where} could not be written: ${written.why}`)}\n`,
  )
  env.stderr.write(
    copy.file === undefined
      ? `WARNING: there is no other copy of what was removed. Keep this:\n${copy.text}`
      : `WARNING: keep ${copy.file}: "emergency on -f" needs it\n`,
  )
}

function toReport(
  { api, options, found }: Switching,
  { marker, written, copy }: { marker: EmergencyMarker; written: Written; copy: LocalCopy },
): EmergencyOff {
  const isMarked = written.kind === 'done'
  return {
    cluster: api.host,
    removed: found.map(nameOf),
    by: marker.by,
    at: marker.at,
    reason: marker.reason,
    marker: isMarked ? `${options.namespace}/${markerName}` : null,
    file: isMarked ? null : (copy.file ?? null),
  }
}

async function report(
  off: EmergencyOff,
  { options, env }: { options: EmergencyOffOptions; env: Env },
): Promise<void> {
  if (options.output === 'json') return printJson(env, off)
  const kept = off.marker === null ? (off.file ?? 'nowhere') : `ConfigMap ${off.marker}`
  const lines = [
    `solewriter is OFF in ${off.cluster}: nothing gates writes any more`,
    `removed: ${off.removed.join(', ')} (by ${off.by}, ${off.at})`,
    `kept in: ${kept}`,
    off.marker === null ? 'back: solewriter emergency on -f FILE' : 'back: solewriter emergency on',
  ]
  await print(env, lines.map((line) => `${printable(line)}\n`).join(''))
}
