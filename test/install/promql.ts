/** As much of an expression of PromQL as tells what it is about. */
export interface Mentioned {
  readonly metrics: readonly {
    readonly name: string
    /** Label, operator, value. */
    readonly matchers: readonly (readonly [label: string, operator: string, value: string])[]
  }[]
  /** Of by, on and without. */
  readonly grouped: readonly string[]
}

const words: ReadonlySet<string> = new Set(
  'and or unless by on without ignoring offset bool group_left group_right'.split(' '),
)

export function mentionedIn(expr: string): Mentioned {
  const grouped: string[] = []
  const plain = expr
    .replaceAll(/\b(?:by|on|without)\s*\(([^)]*)\)/g, (_, list: string) => {
      grouped.push(...list.split(',').map((label) => label.trim()))
      return ' '
    })
    .replaceAll(/\[[^\]]*\]|\boffset \w+/g, ' ')
  const metrics = [...plain.matchAll(/([a-z_:][\w:]*)\s*(\{[^}]*\}|\()?/gi)]
    .filter(([, name = '', after]) => after !== '(' && !words.has(name))
    .map(([, name = '', selector = '']) => ({
      name,
      matchers: Array.from(
        selector.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g),
        ([, label = '', operator = '', value = '']) => [label, operator, value] as const,
      ),
    }))
  return { metrics, grouped }
}
