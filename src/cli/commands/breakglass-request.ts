import { whyNotIssuer } from '../../core/policy/break-glass-leaves.ts'
import { parseDuration } from '../../core/policy/duration.ts'
import { activate } from '../breakglass/activation.ts'
import { uidIfReadable } from '../breakglass/cluster-id.ts'
import {
  declareCluster,
  withSession,
  type ClusterOptions,
  type Session,
} from '../breakglass/cluster.ts'
import {
  configurationFile,
  signingChoice,
  type SigningChoice,
  type SigningOptions,
} from '../breakglass/configuration.ts'
import { writesOfDrain } from '../breakglass/drained-pods.ts'
import { openSigner } from '../breakglass/signer.ts'
import { declareTimeout } from '../breakglass/timeout.ts'
import {
  claimsFor,
  declareWanted,
  presetHelp,
  scopeOf,
  verifyMinted,
  type WantedOptions,
} from '../breakglass/wanted.ts'
import type { Claims } from '../../core/breakglass/claims.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { checked } from '../option-values.ts'
import type { OutputFormat } from '../output.ts'

export const declare: Declare = (command, run) => {
  declareTimeout(declareCluster(declareWanted(command)))
    .option('--key <file>', 'private key, in place of that of the configuration')
    .option('--issuer <url>', 'in place of that of the configuration', checked(whyNotIssuer))
    .addHelpText('after', `\n${presetHelp}\n${explanation}`)
    .action(
      (target: string | undefined, options: Omit<BreakglassRequestOptions, 'target' | 'output'>) =>
        run((env, output) =>
          breakglassRequest({ ...options, ...(target !== undefined && { target }), output }, env),
        ),
    )
}

const explanation = `
Mints a token for you and activates it. ${configurationFile} says with what:
  contexts:
    prod-eu-1:                                  # as kubeconfig calls it
      issuer: https://breakglass.example.com    # of the policy
      key: key.pem                              # or else
      signer: [my-signer, --slot, oncall]       # signing input on its stdin, raw signature on stdout
      jwks: jwks.json                           # with signer: the public half
Paths are relative to that file.`

export interface BreakglassRequestOptions extends WantedOptions, ClusterOptions, SigningOptions {
  readonly timeout?: string
  readonly output: OutputFormat
}

export async function breakglassRequest(
  options: BreakglassRequestOptions,
  env: Env,
): Promise<number> {
  const details = scopeOf(options)
  const timeoutMs = options.timeout === undefined ? undefined : parseDuration(options.timeout)
  return withSession(options, env, async (session) => {
    const choice = await signingChoice(session.context, options, env)
    const writes = await writesOfDrain(options, session)
    const token = await mint(details, options, { choice, session })
    return activate(token, session, { timeoutMs, writes, output: options.output })
  })
}

async function mint(
  details: Claims['authorization_details'],
  options: BreakglassRequestOptions,
  { choice, session }: { readonly choice: SigningChoice; readonly session: Session },
): Promise<string> {
  const { env, me } = session
  const signer = await openSigner(choice, env)
  const uid = choice.cluster ?? (await uidIfReadable(session))
  if (uid === undefined) throw new UsageError(unreadable(session))
  const now = session.now()
  const bearer = { issuer: choice.issuer, clusterUid: uid, username: me.username, now }
  const claims = claimsFor(details, options, bearer)
  const token = await signer.sign(claims)
  // A signer may have waited for somebody: the time of the claims is that of their making.
  await verifyMinted(token, { claims, published: signer.published, clusterUid: uid, now })
  return token
}

function unreadable({ context, me }: Session): string {
  return `${me.username} may not read the namespace kube-system, whose uid tokens name the cluster by.
Ask somebody for it, and write it to ${configurationFile} as contexts.${context}.cluster`
}
