/** Values that stand for one another: where one is valid, another one mostly is. */
const alternatives: readonly (readonly string[])[] = [
  [
    'Always',
    'Never',
    'IfNotPresent',
    'OnFailure',
    'OnRootMismatch',
    'AlwaysAllow',
    'IfHealthyBudget',
  ],
  ['TCP', 'UDP', 'SCTP'],
  ['HTTP', 'HTTPS'],
  ['RollingUpdate', 'Recreate', 'OnDelete'],
  ['Parallel', 'OrderedReady'],
  ['Retain', 'Delete'],
  ['File', 'FallbackToLogsOnError', 'ReadWriteOnceWithFSType', 'None'],
  ['None', 'ClusterFirst', 'Default', 'ClusterFirstWithHostNet', 'ClientIP'],
  ['Forbid', 'Allow', 'Replace'],
  ['NonIndexed', 'Indexed'],
  ['Failed', 'TerminatingOrFailed'],
  ['Local', 'Cluster'],
  ['Block', 'Filesystem'],
  ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'],
  ['In', 'NotIn'],
  ['Exists', 'DoesNotExist', 'Equal'],
  ['NoSchedule', 'NoExecute', 'PreferNoSchedule'],
  ['Never', 'PreemptLowerPriority'],
  ['Merge', 'Strict'],
  ['RuntimeDefault', 'Unconfined'],
  ['Default', 'Unmasked'],
  ['ScheduleAnyway', 'DoNotSchedule'],
  ['Ignore', 'Honor', 'FailIndex', 'FailJob', 'Count'],
  ['RestartContainer', 'NotRequired'],
  ['Memory', ''],
  ['HostToContainer', 'None', 'Bidirectional'],
  ['IfPossible', 'Enabled', 'Disabled'],
  ['Directory', 'File', 'Socket'],
  ['WaitForFirstConsumer', 'Immediate'],
  ['Persistent', 'Ephemeral'],
  ['Prefix', 'Exact', 'ImplementationSpecific'],
  ['Namespace', 'Cluster', 'Namespaced'],
  ['Ingress', 'Egress'],
  ['Min', 'Max', 'Disabled'],
  ['Pods', 'Percent'],
  ['Utilization', 'AverageValue'],
  ['User', 'Group'],
  ['Queue', 'Reject'],
  ['ByUser', 'ByNamespace'],
  ['red', 'green'],
  ['ExactCount', 'All'],
  ['Role', 'ClusterRole'],
  ['ClusterIP', 'NodePort', 'LoadBalancer'],
  ['digital signature', 'server auth', 'client auth', 'content commitment'],
  ['PreferSameZone', 'PreferSameNode'],
  ['string', 'integer', 'boolean'],
  ['set', 'atomic'],
  ['map', 'atomic'],
  ['READ', 'get', 'list', 'watch'],
]

/** Other texts, those first that are of the same sort. */
export function otherTexts(text: string): readonly string[] {
  const named = alternatives.filter((group) => group.includes(text)).flat()
  const shaped = shapes.flatMap(([shape, make]) => (shape.test(text) ? make(text) : []))
  const any = [`${text}x`, `x${text}`, `${text}1`, text.replace(/.$/, 'z')]
  return [...new Set([...named, ...shaped, ...any])].filter((other) => other !== text)
}

const shapes: readonly (readonly [RegExp, (text: string) => readonly string[]])[] = [
  [/^\d+$/, (text) => [String(Number(text) + 1)]],
  [/^[\d.]+(?:m|k|Mi|G|Gi|Ti|%)$/, (text) => [raised(text)]],
  [/^\d+\.\d+\.\d+\.\d+/, (text) => [text.replace(/\.(\d+)(?=$|[/:])/, '.77'), raised(text)]],
  [/^\d{4}-\d{2}-/, (text) => [text.replace(/^\d{4}/, '2027')]],
  [/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, () => ['b3RoZXI=']],
]

function raised(text: string): string {
  return text.replace(/^\d+/, (digits) => String(Number(digits) + 1))
}
