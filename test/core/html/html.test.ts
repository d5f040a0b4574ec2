import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { barChart } from '../../../src/core/html/bar-chart.ts'
import { columnChart } from '../../../src/core/html/column-chart.ts'
import { html, joined, lines, markupOf, type Content } from '../../../src/core/html/html.ts'
import { contentPolicy, pageText } from '../../../src/core/html/page.ts'
import { theme } from '../../../src/core/html/theme.ts'

const said = (content: Content) => markupOf(html`${content}`)

test('texts are escaped, markup and lists of it pass, nothing is nothing', () => {
  const cases: readonly (readonly [Content, string])[] = [
    ['<b>"&\'`', '&lt;b&gt;&quot;&amp;&#39;&#96;'],
    [7, '7'],
    [null, ''],
    [undefined, ''],
    [false, ''],
    [html`<b>${'x<'}</b>`, '<b>x&lt;</b>'],
    [['<', html`<i></i>`, [1, '>']], '&lt;<i></i>1&gt;'],
    [joined(['a', 'b'], ', '), 'a, b'],
    [lines('a\n<b'), 'a<br />&lt;b'],
  ]
  for (const [content, expected] of cases) assert.equal(said(content), expected)
})

test('what does not print is shown', () => {
  assert.equal(
    said('a\u202Eb\u0000\u200B\n\uD800!\u{E0041}'),
    'a\\u202eb\\u0000\\u200b\\u000a\\ud800!\\udb40\\udc41',
  )
})

test('what looks like markup in JSON is none', () => {
  const forged = JSON.parse('{"markup":"<script>","Symbol(markup)":"<script>"}') as Content
  assert.throws(() => said(forged))
})

test('a value in an attribute stays in it, and a link leads nowhere by itself', () => {
  assert.equal(
    markupOf(html`<a title="${'" onclick="x'}" href="${'#a'}"></a>`),
    '<a title="&quot; onclick=&quot;x" href="#a"></a>',
  )
  const links = [
    ['javascript:alert(1)', '#'],
    ['java\tscript:alert(1)', '#'],
    [' javascript:alert(1)', '#'],
    ['data:text/html,x', '#'],
    ['//evil.example', '#'],
    ['/\\evil.example', '#'],
    ['https://git.example.com/a?b&c', 'https://git.example.com/a?b&amp;c'],
    ['/grants/a', '/grants/a'],
    ['grants/a', 'grants/a'],
    ['../x', '../x'],
  ] as const
  for (const [link, expected] of links) {
    assert.equal(markupOf(html`<a href="${link}"></a>`), `<a href="${expected}"></a>`)
  }
})

test('a template with a value where it could run something throws', () => {
  const templates = [
    () => html`<a title=${'x'}></a>`,
    () => html`<${'x'}></b>`,
    () => html`<a ${'x'}></a>`,
    () => html`<a onclick="${'x'}"></a>`,
    () => html`<a style="${'x'}"></a>`,
    () =>
      html`<script>
        ${'x'}
      </script>`,
    () =>
      html`<style>
        ${'x'}
      </style>`,
    () => html`<a title="${'x'}" ${'y'}></a>`,
  ]
  for (const template of templates) assert.throws(template, TypeError)
})

test('no text makes a tag or leaves its attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.webUrl(), (text, url) => {
      const markup = markupOf(html`<p title="${text}">${text}</p>`)
      const inside = /^<p title="([^"]*)">([^<]*)<\/p>$/s.exec(markup)
      assert.ok(inside !== null)
      assert.ok(!/[<>"'`]/.test(`${inside[1]}${inside[2]}`))
      assert.ok(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(markup))
      assert.ok(!markupOf(html`<a href="${text + url}"></a>`).includes('javascript:'))
    }),
  )
})

test('a page loads nothing, runs nothing and is styled by its one stylesheet', () => {
  const text = pageText({ title: '</title><script>', styles: theme, body: html`<p>x</p>` })
  assert.ok(text.includes('<title>&lt;/title&gt;&lt;script&gt;</title>'))
  assert.ok(text.indexOf('Content-Security-Policy') < text.indexOf('<style>'))
  assert.match(
    contentPolicy(theme),
    /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri/,
  )
  assert.notEqual(contentPolicy(theme), contentPolicy(`${theme} `))
  assert.ok(!/<\/|<!--/.test(theme))
})

test('charts tell in words what they show', () => {
  const bars = markupOf(
    barChart({
      title: 'By <x>',
      bars: [
        { label: '<a>', value: 2 },
        { label: 'b', value: 1 },
      ],
    }),
  )
  assert.match(bars, /<title>By &lt;x&gt;<\/title>\s*<desc>&lt;a&gt;: 2; b: 1<\/desc>/)
  assert.match(bars, /width="50%"/)
  const columns = markupOf(
    columnChart({
      title: 'Days',
      series: ['allowed', 'denied'],
      columns: [
        { label: '1', values: [3, 1] },
        { label: '2', values: [0, 0] },
      ],
    }),
  )
  assert.match(columns, /<desc>1: allowed 3, denied 1; 2: none<\/desc>/)
  assert.equal(columns.match(/<rect/g)?.length, 2)
  assert.match(markupOf(barChart({ title: 'x', bars: [] })), /Nothing to show/)
  assert.match(markupOf(columnChart({ title: 'x', series: [], columns: [] })), /Nothing to show/)
})
