import path from 'node:path'
import { apiServerClientName, bootstrap } from '../../certs/operations.ts'
import { printSetChanges } from '../certs-text.ts'
import type { Declare } from '../command-table.ts'
import type { Env } from '../env.ts'
import { exit, UsageError } from '../exit.ts'
import { collect } from '../option-values.ts'
import { progress, type OutputFormat } from '../output.ts'

const defaultNamespace = 'solewriter-system'
const defaultService = 'solewriter'

export const declare: Declare = (command, run) => {
  command
    .requiredOption('--out <dir>', 'directory to write to; made if it is missing')
    .option('--namespace <name>', `namespace of the Service (default: "${defaultNamespace}")`)
    .option('--service <name>', `the webhook's Service (default: "${defaultService}")`)
    .option('--dns <name>', 'a name of the webhook; may be repeated', collect)
    .option('--ip <address>', 'an address of the webhook; may be repeated', collect)
    .option('--client', 'also a certificate with which the API server calls the webhook')
    .option('--client-name <cn>', `common name of that one (default: "${apiServerClientName}")`)
    .addHelpText('after', explanation)
    .action((options: Omit<CertsBootstrapOptions, 'output'>) =>
      run((env, output) => certsBootstrap({ ...options, output }, env)),
    )
}

const explanation = `
The certificate is for SERVICE.NAMESPACE.svc, which is how the API server calls a Service. With
--dns or --ip it is for these instead, or for both if --service or --namespace is given too.
Running it again does no harm: what is in order is left alone.`

export interface CertsBootstrapOptions {
  readonly out: string
  readonly namespace?: string
  readonly service?: string
  readonly dns?: readonly string[]
  readonly ip?: readonly string[]
  readonly client?: boolean
  readonly clientName?: string
  readonly output: OutputFormat
}

export async function certsBootstrap(options: CertsBootstrapOptions, env: Env): Promise<number> {
  const { out, clientName } = options
  if (clientName !== undefined && options.client !== true) {
    throw new UsageError('--client-name is of no use without --client')
  }
  using _shown = progress(env, 'making keys')
  const changes = await bootstrap({
    dir: path.resolve(env.cwd, out),
    now: env.now,
    dnsNames: dnsNamesOf(options),
    ipAddresses: options.ip ?? [],
    ...(options.client === true
      ? { client: clientName === undefined ? {} : { commonName: clientName } }
      : {}),
  })
  await printSetChanges({ changes, dir: out, output: options.output }, env)
  return exit.done
}

function dnsNamesOf({ service, namespace, dns, ip }: CertsBootstrapOptions): readonly string[] {
  const isServiceNamed = service !== undefined || namespace !== undefined
  if (!isServiceNamed && (dns ?? ip) !== undefined) return dns ?? []
  return [`${service ?? defaultService}.${namespace ?? defaultNamespace}.svc`, ...(dns ?? [])]
}
