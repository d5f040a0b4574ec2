import { at, type Json, type JsonObject } from '../../manifest/json.ts'
import { imageTag } from './image-tag.ts'
import { core, isGiven, type DependentDefault } from './rule.ts'

const containerTypes = [`${core}Container`, `${core}EphemeralContainer`]

export const podRules: readonly DependentDefault[] = [
  ...containerTypes.map((type): DependentDefault => ({
    type,
    field: 'imagePullPolicy',
    name: 'Always for the tag latest',
    value: ({ image }) => pullPolicy(image),
  })),
  {
    type: `${core}ImageVolumeSource`,
    field: 'pullPolicy',
    name: 'Always for the tag latest',
    value: ({ reference }) => pullPolicy(reference),
  },
  {
    type: `${core}PodSpec`,
    field: 'serviceAccount',
    name: 'the old name of serviceAccountName',
    value: ({ serviceAccountName }) => given(serviceAccountName),
  },
  {
    type: `${core}PodSpec`,
    field: 'serviceAccountName',
    name: 'the new name of serviceAccount',
    value: ({ serviceAccount }) => given(serviceAccount),
  },
  {
    type: `${core}Volume`,
    field: 'emptyDir',
    name: 'a volume without a source',
    value: (volume) => (hasSource(volume) ? undefined : {}),
  },
  {
    type: `${core}ContainerPort`,
    field: 'hostPort',
    name: 'the port of the container, in the network of the host',
    value: ({ containerPort }, root) => {
      return root['kind'] === 'Pod' && at(root, 'spec', 'hostNetwork') === true
        ? given(containerPort)
        : undefined
    },
  },
]

function pullPolicy(image: Json | undefined): string {
  const isLatest = typeof image === 'string' && imageTag(image) === 'latest'
  return isLatest ? 'Always' : 'IfNotPresent'
}

function given(value: Json | undefined): Json | undefined {
  return isGiven(value) ? value : undefined
}

function hasSource(volume: JsonObject): boolean {
  return Object.entries(volume).some(([key, value]) => key !== 'name' && value !== null)
}
