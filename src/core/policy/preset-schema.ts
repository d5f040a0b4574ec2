import { z } from 'zod'
import { text } from './leaves.ts'
import { presets, presetNames, writerPresetNames } from './presets/presets.ts'
import { whyHuman } from './subject.ts'

type List = 'writers' | 'exceptions'

export const writerPreset = z.enum(writerPresetNames, {
  error: ({ input }) =>
    typeof input === 'string' && presetNames.includes(input)
      ? `is no engine that applies from Git: write {preset: ${input}} under exceptions`
      : undefined,
})

export const exceptionPreset = z.enum(presetNames)

const accountName = text((value) => {
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(value))
    return 'must be the exact name of one service account, without its namespace'
  return whyHuman(value)
})

/** Closed: whose names may be said are the accounts of the presets, and a misspelt one is told. */
export function accountNames(list: List) {
  const names = presets
    .filter((one) => list === 'exceptions' || writerPresetNames.includes(one.name))
    .flatMap(({ name, accounts }) => accounts.map(({ account }) => [account, name] as const))
  return z.strictObject(
    Object.fromEntries(
      names.map(([account, preset]) => [
        account,
        accountName
          .exactOptional()
          .describe(`its name in this install; of the preset \`${preset}\``),
      ]),
    ),
  )
}

export type AccountNames = Readonly<Record<string, string | undefined>>
