import type { DependentCase } from './case.ts'
import { container, pod, withSpec, workload } from './objects.ts'

const limits = { cpu: '1', memory: '1Gi' }

export const requestCases: readonly DependentCase[] = [
  ...['containers', 'initContainers'].map((list): DependentCase => ({
    title: `${list} of a Pod ask for their limits`,
    object: pod({
      containers: [container],
      [list]: [{ ...container, name: 'x', resources: { limits } }],
    }),
    path: ['spec', list, 0, 'resources'],
    field: 'requests',
    expected: limits,
  })),
  {
    title: 'containers of a Pod ask for the limits that they do not mention',
    object: pod({
      containers: [{ ...container, resources: { limits, requests: { cpu: '100m' } } }],
    }),
    path: ['spec', 'containers', 0, 'resources', 'requests'],
    field: 'memory',
    expected: '1Gi',
  },
  {
    title: 'containers of a template do not',
    object: workload('Deployment', {
      template: withSpec({ containers: [{ ...container, resources: { limits } }] }),
    }),
    path: ['spec', 'template', 'spec', 'containers', 0, 'resources'],
    field: 'requests',
    expected: undefined,
  },
  {
    title: 'a Pod as a whole asks for its limits',
    object: pod({ containers: [container], resources: { limits } }),
    path: ['spec', 'resources'],
    field: 'requests',
    expected: limits,
  },
  {
    title: 'a Pod as a whole asks for what its container asks for',
    object: pod({
      containers: [{ ...container, resources: { requests: { cpu: '500m' } } }],
      resources: { limits },
    }),
    path: ['spec', 'resources'],
    field: 'requests',
    expected: { cpu: '500m', memory: '1Gi' },
  },
  {
    title: 'a Pod as a whole asks for the limits that it does not mention',
    object: pod({ containers: [container], resources: { limits, requests: { cpu: '500m' } } }),
    path: ['spec', 'resources', 'requests'],
    field: 'memory',
    expected: '1Gi',
  },
]
