import type { Declare } from '../command-table.ts'
import { breakglassKeygen } from './breakglass-keygen.ts'

export const declare: Declare = (command, run) => {
  command
    .requiredOption('--out <dir>', 'directory to write to; made if it is missing')
    .addHelpText('after', explanation)
    .action(({ out }: { readonly out: string }) =>
      run((env, output) => breakglassKeygen({ out, output }, env)),
    )
}

const explanation = `
key.pem is the private key (ES256, PKCS#8), for serve --checkpoint-key-file: whoever has it can write
records that pass for ours. jwks.json is its public half, for audit verify --jwks: give it to
auditors before there is a doubt. It is no key for break-glass tokens. Nothing is overwritten.`
