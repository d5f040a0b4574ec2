import type { Preset } from './preset.ts'

/** Where the manifests run it. */
const controller = 'solewriter-controller'

/** A way to our own pages, for people whom the policy names: into no other Pod, and nothing else. */
export const consolePreset: Preset = {
  name: 'console',
  install: 'the console of solewriter itself, as its manifests install the controller',
  namespace: 'solewriter-system',
  accounts: [],
  forSubject: [
    {
      resources: ['pods/portforward'],
      operations: ['CONNECT'],
      where: 'install',
      only: { kind: 'pod-of', account: controller },
      reason: 'reaches the console by `kubectl port-forward`',
    },
  ],
}
