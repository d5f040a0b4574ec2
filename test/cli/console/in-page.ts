// What runs inside the pages: text, since there is no DOM here.

/** Texts whose colour is too near to what is behind them. */
export const lowContrast = String.raw`(() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const read = (css) => {
    context.clearRect(0, 0, 1, 1)
    context.fillStyle = css
    context.fillRect(0, 0, 1, 1)
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  }
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1)
  const behind = (element) => {
    if (element === null) return [255, 255, 255, 1]
    const own = read(getComputedStyle(element).backgroundColor)
    return own[3] === 1 ? own : over(own, behind(element.parentElement))
  }
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((value) => {
      const c = value / 255
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const found = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  let looked = 0
  while (walker.nextNode() !== null) {
    const text = walker.currentNode.textContent.trim()
    const element = walker.currentNode.parentElement
    if (text === '' || element.closest('title, desc, style, option') !== null) continue
    const style = getComputedStyle(element)
    const colour = element.closest('svg') === null ? style.color : style.fill
    const [a, b] = [luminance(read(colour)), luminance(behind(element))]
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    looked += 1
    if (ratio < 4.5) found.push(ratio.toFixed(2) + ' ' + colour + ': ' + text.slice(0, 40))
  }
  return looked < 8 ? ['only ' + looked + ' texts'] : found
})()`

export interface Shape {
  readonly h1: number
  readonly main: number
  readonly header: number
  readonly footer: number
  readonly unlabelled: number
  readonly doubleIds: number
  readonly language: string
  readonly scripts: number
}

export const shape = `(() => {
  const count = (selector) => document.querySelectorAll(selector).length
  const controls = [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
  return {
    h1: count('h1'),
    main: count('main'),
    header: count('header'),
    footer: count('footer'),
    unlabelled: controls.filter((one) => one.labels.length !== 1).length,
    doubleIds: ids.length - new Set(ids).size,
    language: document.documentElement.lang,
    scripts: count('script') + count('[onclick], [style]'),
  }
})()`

/** How wide the content is, and how wide the window. */
export const widths = '[document.documentElement.scrollWidth, innerWidth]'

export interface Focused {
  readonly text: string
  readonly isShown: boolean
}

/** What has the focus, and whether that can be seen; null where nothing has. */
export const focused = `(() => {
  const element = document.activeElement
  if (element === null || element === document.body) return null
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  const box = element.getBoundingClientRect()
  const isOutlined = outlineStyle !== 'none' && outlineWidth !== '0px'
  return { text: element.textContent.trim(), isShown: isOutlined && box.width > 0 && box.left >= 0 }
})()`

export const focusedId = 'document.activeElement.id'

/** Once axe is there: what it finds. */
export const axeFindings = `axe.run().then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 160)))`
