import { toIssuer, type KeyedCertificate } from '../../src/certs/authority.ts'
import { issueCertificate } from '../../src/certs/issue.ts'
import { quickMint } from './pki.ts'

interface Unusual {
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  /** Epoch ms; in an hour by default. */
  readonly notAfter?: number
}

const hour = 3_600_000

/** A certificate of a server that `certs` would not issue, since it has other names or is over. */
export async function makeUnusualServer(
  authority: KeyedCertificate,
  { dnsNames = [], ipAddresses = [], notAfter = Date.now() + hour }: Unusual,
): Promise<KeyedCertificate> {
  const { publicPem, privatePem } = await quickMint.keyPair(2048)
  const use = { kind: 'server', dnsNames, ipAddresses } as const
  const life = { notBefore: Date.now() - 48 * hour, notAfter }
  const request = { use, publicPem, serial: quickMint.serial(), ...life }
  return {
    certificatePem: await issueCertificate(request, toIssuer(authority)),
    keyPem: privatePem,
  }
}
