import { constants } from 'node:crypto'
import type { ServerOptions } from 'node:https'
import type { CallerAuthentication } from './caller.ts'

export interface ServingPair {
  readonly certificatePem: string
  readonly keyPem: string
}

export function tlsContext(tls: ServingPair, callerAuth: CallerAuthentication): ServerOptions {
  return {
    cert: tls.certificatePem,
    key: tls.keyPem,
    ...(callerAuth.kind === 'mtls' ? { ca: callerAuth.clientCaPem } : {}),
    minVersion: 'TLSv1.3',
    // A resumed session would keep a caller that is not trusted any more.
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}

/** A connection that shows nothing, where something is asked for, is ended by TLS itself. */
export function callerOptions(callerAuth: CallerAuthentication): ServerOptions {
  return { requestCert: callerAuth.kind === 'mtls', rejectUnauthorized: true }
}
