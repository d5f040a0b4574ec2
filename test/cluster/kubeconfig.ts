import { writeFileSync } from 'node:fs'

type Credential = { readonly cert: string; readonly key: string } | { readonly token: string }

interface KubeconfigOptions {
  readonly file: string
  readonly server: string
  readonly ca: string
  readonly user: string
  readonly credential: Credential
}

/** Self-contained: it may be copied elsewhere. JSON is YAML. */
export function writeKubeconfig({ file, server, ca, user, credential }: KubeconfigOptions): string {
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: user, user: credentialFields(credential) }],
    contexts: [{ name: 'local', context: { cluster: 'local', user } }],
    'current-context': 'local',
  }
  writeFileSync(file, `${JSON.stringify(kubeconfig, null, 2)}\n`, { mode: 0o600 })
  return file
}

export function credentialFields(credential: Credential): Record<string, string> {
  if ('token' in credential) return { token: credential.token }
  return {
    'client-certificate-data': base64(credential.cert),
    'client-key-data': base64(credential.key),
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
