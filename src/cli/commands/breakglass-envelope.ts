import { noCredential } from '../../core/breakglass/credential.ts'
import { grantManifest } from '../breakglass/manifest.ts'
import { readToken } from '../breakglass/preview.ts'
import { Refused } from '../breakglass/refused.ts'
import { declareTokenFile, readTokenText } from '../breakglass/token-input.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { print, printJson, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareTokenFile(command)
    .option('--without-credential', 'for who logs in without a certificate and without a token id')
    .addHelpText('after', explanation)
    .action((options: Omit<BreakglassEnvelopeOptions, 'output'>) =>
      run((env, output) => breakglassEnvelope({ ...options, output }, env)),
    )
}

const explanation = `
For machines that have kubectl and nothing else; no cluster is asked:
  ... | kubectl create -f -
Use create, never apply: apply keeps a copy of the token, which is refused. The output holds the
token, which is good once, for its user and cluster, for at most 15 minutes.`

export interface BreakglassEnvelopeOptions {
  readonly file: string
  readonly withoutCredential?: boolean
  readonly output: OutputFormat
}

export async function breakglassEnvelope(
  { file, withoutCredential, output }: BreakglassEnvelopeOptions,
  env: Env,
): Promise<number> {
  const token = await readTokenText(file, env)
  const grant = grantOf(token)
  const credential = withoutCredential === true ? noCredential : undefined
  if (output === 'json') {
    await printJson(env, grantManifest(grant, token, credential))
    return exit.done
  }
  // Nothing in these texts means anything to YAML.
  const lines = [
    'apiVersion: solewriter.dev/v1alpha1',
    'kind: BreakGlassGrant',
    'metadata:',
    `  name: ${grant}`,
    'spec:',
    `  token: "${token}"`,
    ...(credential === undefined ? [] : [`  credential: ${credential}`]),
  ]
  await print(env, `${lines.join('\n')}\n`)
  return exit.done
}

function grantOf(token: string): string {
  try {
    return readToken(token).grant
  } catch (error) {
    if (error instanceof Refused) throw new UsageError(error.message)
    throw error
  }
}
