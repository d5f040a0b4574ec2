import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { monitoringFiles } from '../../scripts/monitoring/files.ts'
import { exposedByCode, readExposition, type Exposed } from './exposition.ts'
import { mentionedIn } from './promql.ts'

const dir = path.join(import.meta.dirname, '..', '..', 'manifests', 'monitoring')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}
interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[]
}
interface Dashboard {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly type: string
    readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
  }[]
}

const read = (name: string) => readFileSync(path.join(dir, name), 'utf8')
const rules = (parse(read('rules.yaml')) as Rules).groups.flatMap((group) => group.rules)
const { panels } = JSON.parse(read('dashboard.json')) as Dashboard
const exposed = await exposedByCode()

/** Prometheus adds them to what it scrapes, and to histograms. */
const added: readonly string[] = ['instance', 'le']

/** What an expression, and a text about its series, name that there is not. */
function unknownIn(expr: string, text: string, known: Exposed): readonly string[] {
  const { metrics, grouped } = mentionedIn(expr)
  const labelsOf = (name: string) => new Set([...(known.get(name)?.keys() ?? []), ...added])
  const all = new Set(metrics.flatMap(({ name }) => [...labelsOf(name)]))
  const inText = [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(
    ([, label = '']) => label,
  )
  const kept = grouped.length === 0 ? all : new Set(grouped)
  return [
    ...metrics.filter(({ name }) => !known.has(name)).map(({ name }) => `metric ${name}`),
    ...metrics.flatMap(({ name, matchers }) =>
      matchers
        .filter(([label]) => !labelsOf(name).has(label))
        .map(([label]) => `label ${label} of ${name}`),
    ),
    ...metrics.flatMap(({ name, matchers }) =>
      matchers
        .filter(([label, operator, value]) => {
          return operator === '=' && known.get(name)?.get(label)?.has(value) === false
        })
        .map(([label, , value]) => `value ${value} of ${label} of ${name}`),
    ),
    ...grouped.filter((label) => !all.has(label)).map((label) => `grouped by ${label}`),
    ...inText.filter((label) => !kept.has(label)).map((label) => `text names ${label}`),
  ]
}

test('what is made is what scripts/monitoring.ts makes', async () => {
  for (const [file, text] of await monitoringFiles()) {
    assert.equal(readFileSync(file, 'utf8'), text, path.basename(file))
  }
})

describe('alerts name only what there is', () => {
  for (const { alert, expr, annotations } of rules) {
    test(alert, () => {
      assert.notEqual(mentionedIn(expr).metrics.length, 0)
      assert.deepEqual(unknownIn(expr, Object.values(annotations).join(' '), exposed), [])
    })
  }

  test('each has a name of its own, a severity, and says what to do', () => {
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
    for (const { alert, labels, annotations } of rules) {
      assert.match(labels['severity'] ?? '', /^(?:critical|warning|info)$/, alert)
      assert.ok((annotations['description'] ?? '').length > 20, alert)
    }
  })

  test('the page has each of them', () => {
    const page = readFileSync(path.join(dir, '..', '..', 'docs', 'monitoring.md'), 'utf8')
    const listed = Array.from(page.matchAll(/^\| `(Solewriter\w+)`/gm), ([, name = '']) => name)
    assert.deepEqual(
      listed,
      rules.map(({ alert }) => alert),
    )
  })
})

describe('panels name only what there is', () => {
  const drawn = panels.filter(({ type }) => type !== 'row')
  for (const { title, targets = [] } of drawn) {
    test(title, () => {
      assert.notEqual(targets.length, 0)
      for (const { expr, legendFormat } of targets) {
        assert.deepEqual(unknownIn(expr, legendFormat, exposed), [])
      }
    })
  }

  test('none lies on another one', () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
    for (const [i, { title, gridPos: a }] of panels.entries()) {
      assert.ok(a.x + a.w <= 24, title)
      for (const { gridPos: b } of panels.slice(i + 1)) {
        const isApart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y
        assert.ok(isApart, title)
      }
    }
  })
})

test('a metric, a label, a value, a group and a text that do not exist are found', () => {
  const known = readExposition('# TYPE a_total counter\na_total{why="x"} 1\n')
  const of = (expr: string, text = '') => unknownIn(expr, text, known)
  assert.deepEqual(of('sum by (why) (rate(a_total{why="x"}[5m] offset 5m)) > 0', '{{why}}'), [])
  assert.deepEqual(of('absent(b_total)'), ['metric b_total'])
  assert.deepEqual(of('a_total{who="x"}'), ['label who of a_total'])
  assert.deepEqual(of('a_total{why="y"}'), ['value y of why of a_total'])
  assert.deepEqual(of('sum by (who) (a_total)'), ['grouped by who'])
  assert.deepEqual(of('sum by (why) (a_total)', '{{ $labels.who }}'), ['text names who'])
})

test('promtool takes the rules', (context) => {
  const { error, status, stdout, stderr } = spawnSync('promtool', [
    'check',
    'rules',
    path.join(dir, 'rules.yaml'),
  ])
  if (error !== undefined) {
    context.skip('there is no promtool here: the syntax of the rules was not checked')
    return
  }
  assert.equal(status, 0, `${stdout.toString()}${stderr.toString()}`)
})
