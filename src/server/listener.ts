import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Address {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

/** Resolves once the port is bound, rejects if it cannot be. */
export function listen(server: HttpServer, address: Address): Promise<{ readonly port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, () => {
      server.off('error', reject)
      resolve({ port: (server.address() as AddressInfo).port })
    })
  })
}

/** Ends what runs at once. Also of a server that never started. */
export function closeNow(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}
