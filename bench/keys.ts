import { createAuthority } from '../src/certs/authority.ts'
import { issueLeaf } from '../src/certs/leaf.ts'
import { systemMint as mint } from '../src/certs/mint.ts'
import { callerName, type Keys } from './messages.ts'

export async function makeKeys(now: number): Promise<Keys> {
  const authority = await createAuthority({ now, mint })
  const dnsNames = ['localhost']
  const server = { kind: 'server', dnsNames, ipAddresses: ['127.0.0.1'] } as const
  const client = { kind: 'client', commonName: callerName } as const
  return {
    authorityPem: authority.certificatePem,
    server: await issueLeaf({ authority, profile: server, now, mint }),
    client: await issueLeaf({ authority, profile: client, now, mint }),
  }
}
