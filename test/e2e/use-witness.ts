import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { at, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { createAuthority, issue } from '../cluster/pki.ts'

/** An admission webhook of the test: the API server asks it before it stores a use. */
export interface UseWitness {
  /** Registers it. */
  readonly configuration: JsonObject
  /** Asked of each status with more uses than before, whether it may be stored. */
  onUse: () => Promise<boolean>
  close(): Promise<void>
}

interface Review {
  readonly request: { readonly uid: string; readonly object: Json; readonly oldObject: Json }
}

export async function openUseWitness(): Promise<UseWitness> {
  const authority = await createAuthority('use-witness')
  const serving = await issue(authority, { kind: 'server', dnsNames: [], ips: ['127.0.0.1'] })
  const server = createServer(serving, (request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { uid, object, oldObject } = (
        JSON.parse(Buffer.concat(chunks).toString('utf8')) as Review
      ).request
      const allowed = usesIn(object) <= usesIn(oldObject) || (await witness.onUse())
      response.setHeader('content-type', 'application/json')
      const kind = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }
      response.end(JSON.stringify({ ...kind, response: { uid, allowed } }))
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const witness: UseWitness = {
    configuration: configurationOf(url, authority.cert),
    onUse: () => Promise.resolve(true),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
  return witness
}

function usesIn(grant: Json): number {
  const uses = at(grant, 'status', 'uses')
  return Array.isArray(uses) ? uses.length : 0
}

function configurationOf(url: string, caBundle: string): JsonObject {
  const grants = {
    apiGroups: ['solewriter.dev'],
    apiVersions: ['*'],
    resources: ['breakglassgrants/status'],
    operations: ['UPDATE'],
  }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'use-witness' },
    webhooks: [
      {
        name: 'uses.witness.example',
        rules: [grants],
        clientConfig: { url, caBundle: Buffer.from(caBundle).toString('base64') },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 10,
        admissionReviewVersions: ['v1'],
      },
    ],
  }
}
