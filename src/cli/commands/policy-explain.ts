import { Option } from 'commander'
import { explainBuiltIn } from '../../core/exceptions/explain.ts'
import { whyNotResource } from '../../core/policy/core-resources.ts'
import { operations } from '../../core/policy/exception-schema.ts'
import { explain, type ExplainQuery, type Explanation } from '../../core/policy/explain.ts'
import type { Declare } from '../command-table.ts'
import { declaredPlaces, type PlacesOptions } from '../declared-places.ts'
import type { Env } from '../env.ts'
import { exit } from '../exit.ts'
import { explanationText } from '../explanation-text.ts'
import { checked, collect } from '../option-values.ts'
import { painter, print, printJson, type OutputFormat } from '../output.ts'
import { readPolicy } from '../policy.ts'
import { declareRendererOptions } from '../renderers.ts'

export interface PolicyExplainOptions extends PlacesOptions {
  readonly resource: string
  readonly policy: string
  readonly as: string
  readonly group?: readonly string[]
  readonly namespace?: string
  readonly name?: string
  readonly operation?: string
  readonly output: OutputFormat
}

export const declare: Declare = (command, run) => {
  command
    .argument(
      '<RESOURCE>',
      'resource[.group][/subresource], such as deployments.apps/scale',
      checked(whyNotResource),
    )
    .requiredOption('--policy <file>', 'the policy file')
    .requiredOption('--as <user>', 'username, as the API server sees it')
    .option('--group <name>', 'a group of the user; may be repeated', collect)
    .option('-n, --namespace <name>', 'namespace of the object; none if it is cluster-scoped')
    .option('--name <name>', 'name of the object; without it, any')
    .addOption(new Option('--operation <name>', 'only what bears on it').choices(operations))
    .option('--repo <name=dir>', 'also say what its heads declare; may be repeated', collect)
  declareRendererOptions(command)
  command.action((resource: string, options: Omit<PolicyExplainOptions, 'resource' | 'output'>) =>
    run((env, output) => policyExplain({ ...options, resource, output }, env)),
  )
}

/** What can be said before a write is seen. */
export async function policyExplain(options: PolicyExplainOptions, env: Env): Promise<number> {
  const { policy, hash } = await readPolicy(options.policy, env)
  const query: ExplainQuery = {
    resource: options.resource,
    namespace: options.namespace ?? '',
    name: options.name ?? '',
    username: options.as,
    groups: options.group ?? [],
  }
  const git =
    options.repo === undefined ? undefined : await declaredPlaces(policy, query, { options, env })
  const explanation = onlyFor(options.operation, explain(policy, query, explainBuiltIn))
  if (options.output === 'json') {
    const { operation = null } = options
    const { writer = null, scope, ...rest } = explanation
    const facts = { mode: scope.mode, scope: scope.index ?? null, writer, ...rest }
    const declared = git === undefined ? {} : { declared: git }
    await printJson(env, { policy: hash, query: { ...query, operation }, ...facts, ...declared })
  } else {
    await print(env, explanationText({ query, explanation, git }, painter(env.stdout, env.vars)))
  }
  return exit.done
}

function onlyFor(operation: string | undefined, explanation: Explanation): Explanation {
  if (operation === undefined) return explanation
  const exceptions = explanation.exceptions.filter((row) => row.operations.includes(operation))
  return { ...explanation, exceptions }
}
