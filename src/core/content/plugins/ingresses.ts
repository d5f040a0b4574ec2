import { parseFieldPattern } from '../../manifest/field-path.ts'
import { defaultClass } from './default-class.ts'
import type { PluginRow } from './plugin.ts'

export const ingressRows: readonly PluginRow[] = [
  {
    plugin: 'DefaultIngressClass',
    kind: 'networking.k8s.io/v1 Ingress',
    field: parseFieldPattern('spec.ingressClassName'),
    needs: ['ingressClasses'],
    isRight: (live, { facts }) =>
      live === defaultClass(facts.ingressClasses, 'ingressclass.kubernetes.io/is-default-class'),
  },
]
