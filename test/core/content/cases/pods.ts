import type { DependentCase } from './case.ts'
import { container, pod, withSpec, workload } from './objects.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`

function imageCase(image: string, expected: string): DependentCase {
  return {
    title: `the image ${image} is pulled ${expected}`,
    object: pod({ containers: [{ name: 'main', image }] }),
    path: ['spec', 'containers', 0],
    field: 'imagePullPolicy',
    expected,
  }
}

const images: readonly DependentCase[] = [
  imageCase('nginx', 'Always'),
  imageCase('nginx:latest', 'Always'),
  imageCase(`nginx:latest@${digest}`, 'Always'),
  imageCase('registry.example.com:5000/team/nginx', 'Always'),
  imageCase('[::1]:5000/nginx', 'Always'),
  imageCase('index.docker.io/nginx', 'Always'),
  imageCase('Team/nginx', 'Always'),
  imageCase('nginx:1.27', 'IfNotPresent'),
  imageCase('nginx:LATEST', 'IfNotPresent'),
  imageCase(`nginx@${digest}`, 'IfNotPresent'),
  imageCase('registry.example.com:5000/team/nginx:1', 'IfNotPresent'),
  imageCase('registry.example.com/Team/nginx', 'IfNotPresent'),
  imageCase('my_registry:5000/nginx', 'IfNotPresent'),
  imageCase('0123456789abcdef'.repeat(4), 'IfNotPresent'),
  imageCase(`registry.example.com/${'a'.repeat(256)}`, 'IfNotPresent'),
  imageCase('nginx:', 'IfNotPresent'),
]

export const podCases: readonly DependentCase[] = [
  ...images,
  {
    title: 'an ephemeral container pulls the tag latest always',
    object: pod({ containers: [container], ephemeralContainers: [{ name: 'debug', image: 'sh' }] }),
    path: ['spec', 'ephemeralContainers', 0],
    field: 'imagePullPolicy',
    expected: 'Always',
    isNeverDeclared: true,
  },
  ...(['sh', 'sh:1'] as const).map((reference): DependentCase => ({
    title: `a volume of the image ${reference}`,
    object: pod({ containers: [container], volumes: [{ name: 'v', image: { reference } }] }),
    path: ['spec', 'volumes', 0, 'image'],
    field: 'pullPolicy',
    expected: reference === 'sh' ? 'Always' : 'IfNotPresent',
  })),
  {
    title: 'a service account also has its old name',
    object: workload('Deployment', { template: withSpec({ serviceAccountName: 'robot' }) }),
    path: ['spec', 'template', 'spec'],
    field: 'serviceAccount',
    expected: 'robot',
  },
  {
    title: 'a service account under its old name also has the new one',
    object: workload('Deployment', { template: withSpec({ serviceAccount: 'robot' }) }),
    path: ['spec', 'template', 'spec'],
    field: 'serviceAccountName',
    expected: 'robot',
  },
  {
    title: 'a volume without a source is an empty directory',
    object: pod({ containers: [container], volumes: [{ name: 'v' }] }),
    path: ['spec', 'volumes', 0],
    field: 'emptyDir',
    expected: {},
  },
  {
    title: 'a volume with a source is nothing else',
    object: pod({ containers: [container], volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
    path: ['spec', 'volumes', 0],
    field: 'emptyDir',
    expected: undefined,
  },
  {
    title: 'in the network of the host a port is one of the host',
    object: pod({
      hostNetwork: true,
      containers: [{ ...container, ports: [{ containerPort: 80 }] }],
    }),
    path: ['spec', 'containers', 0, 'ports', 0],
    field: 'hostPort',
    expected: 80,
  },
  {
    title: 'a port is none of the host elsewhere',
    object: pod({ containers: [{ ...container, ports: [{ containerPort: 80 }] }] }),
    path: ['spec', 'containers', 0, 'ports', 0],
    field: 'hostPort',
    expected: undefined,
  },
  {
    title: 'a port is none of the host in a template',
    object: workload('Deployment', {
      template: withSpec({
        hostNetwork: true,
        containers: [{ ...container, ports: [{ containerPort: 80 }] }],
      }),
    }),
    path: ['spec', 'template', 'spec', 'containers', 0, 'ports', 0],
    field: 'hostPort',
    expected: undefined,
  },
]
