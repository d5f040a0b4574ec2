import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { listen } from './stand-in.ts'

// In place of `solewriter serve`, with its flags: says its port in each refusal. As `controller` it is
// only alive.

const text = { type: 'string' } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    listen: text,
    'health-listen': text,
    policy: text,
    'cert-file': text,
    'key-file': text,
    'checkpoint-key-file': text,
    'client-ca-file': text,
    'client-name': text,
    'caller-auth': text,
    'mirror-dir': text,
    'drain-delay': text,
    'writer-name': text,
    'records-dir': text,
    kubeconfig: text,
    kustomize: text,
    helm: text,
    repo: { type: 'string', multiple: true },
  },
})

function portOf(address = ''): number {
  return Number(address.split(':')[1])
}

function read(file = ''): string {
  return readFileSync(file, 'utf8')
}

async function serve(): Promise<void> {
  const port = portOf(values.listen)
  const keys = {
    cert: read(values['cert-file']),
    key: read(values['key-file']),
    ca: read(values['client-ca-file']),
  }
  await listen(keys, port, (caller) => `may not, says ${port} to ${caller}`)
}

const [command = ''] = positionals
if (!['serve', 'controller'].includes(command) || read(values.policy).includes('broken')) {
  process.stderr.write('policy: line 1: this is broken\n')
  process.exit(2)
}
if (command === 'serve') await serve()
createServer((_, response) => response.end('ok')).listen(
  portOf(values['health-listen']),
  '127.0.0.1',
)
