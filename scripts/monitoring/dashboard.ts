import { rows, type Panel } from './panels.ts'

const source = { type: 'prometheus', uid: '${datasource}' }
const heights = { stat: 4, timeseries: 8, table: 7 } as const

/** For Grafana 10 and newer; the data source is asked for when it is imported. */
export function dashboard(): object {
  const layout = new Layout()
  const panels = rows.flatMap(({ title, panels: inRow }) => [
    {
      id: layout.nextId(),
      type: 'row',
      title,
      collapsed: false,
      gridPos: layout.row(),
      panels: [],
    },
    ...inRow.map((panel) => toPanel(panel, layout)),
  ])
  return {
    uid: 'solewriter',
    title: 'solewriter',
    tags: ['solewriter'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }],
    },
    annotations: { list: [] },
    panels,
  }
}

/** Panels from left to right, then below. */
class Layout {
  #id = 0
  #x = 0
  #y = 0
  #tallest = 0

  nextId(): number {
    this.#id += 1
    return this.#id
  }

  row() {
    this.#wrap()
    const place = { h: 1, w: 24, x: 0, y: this.#y }
    this.#y += 1
    return place
  }

  place(w: number, h: number) {
    if (this.#x + w > 24) this.#wrap()
    const place = { h, w, x: this.#x, y: this.#y }
    this.#x += w
    this.#tallest = Math.max(this.#tallest, h)
    return place
  }

  #wrap(): void {
    this.#y += this.#tallest
    this.#x = 0
    this.#tallest = 0
  }
}

function toPanel(panel: Panel, layout: Layout): object {
  const { title, kind, unit, width, queries } = panel
  return {
    id: layout.nextId(),
    title,
    type: kind,
    datasource: source,
    gridPos: layout.place(width, heights[kind]),
    fieldConfig: { defaults: { unit, ...thresholds(panel) }, overrides: [] },
    options: kind === 'stat' ? { colorMode: 'background', graphMode: 'none' } : {},
    targets: queries.map(({ expr, legend, isInstant = false }, i) => ({
      refId: String.fromCodePoint(65 + i),
      datasource: source,
      expr,
      legendFormat: legend,
      instant: isInstant,
      range: !isInstant,
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
  }
}

function thresholds({ alarm }: Panel): object {
  if (alarm === undefined) return {}
  const [below, above] = alarm.isDown === true ? ['red', 'green'] : ['green', 'red']
  const steps = [
    { color: below, value: null },
    { color: above, value: alarm.at },
  ]
  return { color: { mode: 'thresholds' }, thresholds: { mode: 'absolute', steps } }
}
