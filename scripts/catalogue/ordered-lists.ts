const core = 'io.k8s.api.core.v1.'
const startOrder =
  'init containers run one after the other; of the others the kubelet starts them so'

/** Lists whose items have names, and in which the order has a meaning as well; with the reason. */
export const orderedLists: ReadonlyMap<string, string> = new Map([
  [`${core}PodSpec.containers`, `${startOrder}; the first one is the default of exec and logs`],
  [`${core}PodSpec.initContainers`, startOrder],
  [`${core}PodSpec.ephemeralContainers`, startOrder],
  [`${core}Container.env`, 'a value may refer to variables that stand before it'],
  [`${core}EphemeralContainer.env`, 'a value may refer to variables that stand before it'],
])
