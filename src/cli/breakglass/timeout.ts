import type { Command } from 'commander'
import { parseDuration } from '../../core/policy/duration.ts'
import { checked } from '../option-values.ts'

export function declareTimeout(command: Command): Command {
  return command.option(
    '--timeout <duration>',
    'how long to wait; by default as long as approvals may come',
    checked((text) =>
      parseDuration(text) === undefined ? 'must be a duration such as 5m' : undefined,
    ),
  )
}
