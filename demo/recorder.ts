import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createAuthority, issue } from '../test/cluster/pki.ts'

/** An AdmissionReview as the API server sent it. */
export interface RecordedReview {
  readonly apiVersion: string
  readonly kind: string
  readonly request: {
    readonly uid: string
    readonly resource: { readonly group: string }
    readonly userInfo: { readonly username: string }
  }
}

export interface Recorder {
  /** What to register; the API server then sends a copy of each review of alice and ci. */
  readonly configuration: object
  readonly reviews: readonly RecordedReview[]
  /** Whether any review, of whatever kind, has come in: the registration is honoured. */
  readonly isAsked: () => boolean
  close(): Promise<void>
}

export const recorderName = 'demo-recorder'

/** A webhook that allows everything and keeps what it was asked: solewriter itself keeps no bodies. */
export async function startRecorder(): Promise<Recorder> {
  const authority = await createAuthority(recorderName)
  const loopback = { dnsNames: ['localhost'], ips: ['127.0.0.1'] }
  const keys = await issue(authority, { kind: 'server', ...loopback })
  const reviews: RecordedReview[] = []
  let isAsked = false
  const server = createServer(keys, (request, response) => {
    void text(request).then((body) => {
      const { apiVersion, kind, ...rest } = JSON.parse(body) as RecordedReview
      isAsked = true
      if (isWrite(rest.request)) reviews.push({ apiVersion, kind, ...rest })
      const { uid } = rest.request
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ apiVersion, kind, response: { uid, allowed: true } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    configuration: configuration(`https://127.0.0.1:${port}/`, authority.cert),
    reviews,
    isAsked: () => isAsked,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** `kubectl auth can-i` and the like are reviews that change nothing. */
function isWrite({ resource }: RecordedReview['request']): boolean {
  return !['authorization.k8s.io', 'authentication.k8s.io'].includes(resource.group)
}

function configuration(url: string, caBundle: string): object {
  const users = "['alice', 'system:serviceaccount:ci:deployer']"
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: recorderName },
    webhooks: [
      {
        name: 'recorder.demo.example',
        clientConfig: { url, caBundle: Buffer.from(caBundle).toString('base64') },
        rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }],
        matchConditions: [{ name: 'actors', expression: `request.userInfo.username in ${users}` }],
        // A demo that is killed leaves nothing that could refuse.
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        timeoutSeconds: 5,
        admissionReviewVersions: ['v1'],
      },
    ],
  }
}
