import { policyJsonSchema } from '../../core/policy/json-schema.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { printJson } from '../output.ts'

export const declare: Declare = (command, run) => {
  command.addHelpText('after', editorHelp).action(() => run((env) => policySchema(env)))
}

const editorHelp = `
For an editor: solewriter policy schema > policy.schema.json, and as the policy's first line
  # yaml-language-server: $schema=policy.schema.json`

export async function policySchema(env: Env): Promise<number> {
  await printJson(env, policyJsonSchema())
  return exit.done
}
