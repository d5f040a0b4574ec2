import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { stringify } from 'yaml'
import { alertGroups, type Alert } from './alerts.ts'
import { dashboard } from './dashboard.ts'

const dir = path.join(import.meta.dirname, '..', '..', 'manifests', 'monitoring')
const made = '# Made by `node scripts/monitoring.ts` from scripts/monitoring/alerts.ts.\n'

/** What is made in manifests/monitoring, by path. */
export async function monitoringFiles(): Promise<ReadonlyMap<string, string>> {
  const groups = {
    groups: alertGroups.map(({ name, alerts }) => ({ name, rules: alerts.map(toRule) })),
  }
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'solewriter', namespace: 'solewriter-system' },
    spec: groups,
  }
  const texts = [
    ['rules.yaml', yamlText(groups)],
    ['prometheus-rule.yaml', yamlText(rule)],
    ['dashboard.json', JSON.stringify(dashboard())],
  ] as const
  const files = texts.map(async ([name, text]) => {
    const file = path.join(dir, name)
    return [file, await format(text, { ...(await resolveConfig(file)), filepath: file })] as const
  })
  return new Map(await Promise.all(files))
}

function yamlText(value: object): string {
  return made + stringify(value, { lineWidth: 100, aliasDuplicateObjects: false })
}

function toRule({ name, expr, severity, summary, description, ...rest }: Alert) {
  return {
    alert: name,
    expr,
    ...(rest.for === undefined ? {} : { for: rest.for }),
    labels: { severity },
    annotations: { summary: `solewriter: ${summary}`, description },
  }
}
