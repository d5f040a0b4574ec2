import { signToken } from '../../core/breakglass/token.ts'
import { whyNotIssuer } from '../../core/policy/break-glass-leaves.ts'
import { readKeyFile } from '../breakglass/key-file.ts'
import {
  claimsFor,
  declareWanted,
  presetHelp,
  scopeOf,
  verifyMinted,
  type WantedOptions,
} from '../breakglass/wanted.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { checked } from '../option-values.ts'
import { print, printable, printJson, type OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareWanted(command)
    .requiredOption('--key <file>', 'private key for ES256, PEM, as keygen writes it')
    .requiredOption('--issuer <url>', 'issuer of the policy', checked(whyNotIssuer))
    .requiredOption('--user <name>', 'who may use the token: the username in Kubernetes')
    .option('--cluster <uid>', 'uid of the namespace kube-system')
    .option('--kubeconfig <file>', 'ask the cluster for that uid instead')
    .addHelpText('after', `\n${presetHelp} Standard output holds the token and nothing else.`)
    .action(
      (target: string | undefined, options: Omit<BreakglassMintOptions, 'target' | 'output'>) =>
        run((env, output) =>
          breakglassMint({ ...options, ...(target !== undefined && { target }), output }, env),
        ),
    )
}

export interface BreakglassMintOptions extends WantedOptions {
  readonly key: string
  readonly issuer: string
  readonly user: string
  readonly cluster?: string
  readonly kubeconfig?: string
  readonly output: OutputFormat
}

export async function breakglassMint(options: BreakglassMintOptions, env: Env): Promise<number> {
  const details = scopeOf(options)
  const { kid, secret, published } = await readKeyFile(options.key, env)
  const clusterUid = await clusterOf(options, env)
  const now = env.now()
  const { issuer, user: username } = options
  const claims = claimsFor(details, options, { issuer, clusterUid, username, now })
  const token = await signToken(claims, kid, secret)
  const verified = await verifyMinted(token, { claims, published, clusterUid, now })
  const expires = new Date(verified.expiresAt).toISOString()
  if (options.output === 'json') {
    await printJson(env, { token, grant: verified.grant, kid, expires, claims })
    return exit.done
  }
  env.stderr.write(
    `${printable(`${verified.grant} for ${options.user}: activate it by ${expires}`)}\n`,
  )
  await print(env, `${token}\n`)
  return exit.done
}

async function clusterOf(options: BreakglassMintOptions, env: Env): Promise<string> {
  const { cluster, kubeconfig } = options
  if ((cluster === undefined) === (kubeconfig === undefined)) {
    throw new UsageError('give one of --cluster UID and --kubeconfig FILE')
  }
  if (cluster === undefined) return uidOf(kubeconfig, env)
  if (/^[\w.-]{1,128}$/.test(cluster)) return cluster
  throw new UsageError('--cluster must be the uid of the namespace kube-system')
}

/** Loaded here: it is not small, and minting is otherwise offline. */
async function uidOf(kubeconfig: string | undefined, env: Env): Promise<string> {
  const { readClusterUid } = await import('../cluster-uid.ts')
  return readClusterUid(kubeconfig, env)
}
