import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { chromium, type Browser, type Page } from 'playwright-core'
import { chromiumArguments, findChromium } from './chromium.ts'
import { startConsole } from './ground.ts'
import {
  axeFindings,
  focused,
  focusedId,
  lowContrast,
  shape,
  widths,
  type Focused,
  type Shape,
} from './in-page.ts'
import { pages } from './pages.ts'

// The pages in a real browser, as people with eyes, keyboards and screen readers have them.

const program = findChromium()
const skip = program === undefined ? 'there is no chromium on PATH: install it to run this' : false
const ends: (() => unknown)[] = []
const t = { after: (end: () => unknown) => void ends.push(end) } as never

let browser: Browser
let open: string
let guarded: string
const token = 'a-token.of-somebody'

before(async () => {
  if (program === undefined) return
  browser = await chromium.launch({ executablePath: program, args: chromiumArguments })
  open = (await startConsole(t)).url
  const review = (given: string) =>
    Promise.resolve(
      given === token
        ? ({ kind: 'viewer', username: 'carol' } as const)
        : ({ kind: 'unknown' } as const),
    )
  guarded = (await startConsole(t, { server: { review } })).url
})

after(async () => {
  await browser?.close()
  for (const end of ends.toReversed()) await end()
})

const schemes = ['light', 'dark'] as const

/** Everything that the browser complains about, but for the status of a page that is one of refusal. */
function complaintsOf(page: Page): string[] {
  const found: string[] = []
  page.on('console', (message) => {
    if (!/status of 4\d\d/.test(message.text())) found.push(message.text())
  })
  page.on('pageerror', (error) => found.push(error.message))
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText
    // A page that is left before its icon has come gives the icon up: the browser's choice, no refusal.
    if (why !== 'net::ERR_ABORTED') found.push(`${why}: ${request.url()}`)
  })
  return found
}

const addressOf = (path: string) => `${path === '/sign-in' ? guarded : open}${path}`

describe('each page in a browser', { skip }, () => {
  test('has a title, one heading, landmarks and labels, and nothing that the browser refuses', async () => {
    const page = await browser.newPage()
    const complaints = complaintsOf(page)
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(addressOf(path))
      assert.match(await page.title(), /^.+ · solewriter$/, name)
      const counts = await page.evaluate<Shape>(shape)
      const right = {
        h1: 1,
        main: 1,
        header: 1,
        footer: 1,
        unlabelled: 0,
        doubleIds: 0,
        language: 'en',
        scripts: 0,
      }
      assert.deepEqual(counts, right, name)
    }
    assert.deepEqual(complaints, [])
    await page.close()
  })

  for (const colorScheme of schemes) {
    test(`can be read in ${colorScheme}: every text stands out at least 4.5 to 1`, async () => {
      const context = await browser.newContext({ colorScheme, bypassCSP: true })
      const page = await context.newPage()
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(addressOf(path))
        assert.deepEqual(await page.evaluate<string[]>(lowContrast), [], name)
      }
      await context.close()
    })
  }

  test('fits a phone: nothing is scrolled sideways at 360 pixels', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 740 } })
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(addressOf(path))
      const [content, window] = await page.evaluate<[number, number]>(widths)
      assert.ok(content <= window, `${name}: ${content} > ${window}`)
    }
    await page.close()
  })

  test('is without faults that axe knows', async () => {
    const require = createRequire(import.meta.url)
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
    const context = await browser.newContext({ bypassCSP: true })
    const page = await context.newPage()
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(addressOf(path))
      await page.evaluate(axe)
      const found = await page.evaluate<string[]>(axeFindings)
      assert.deepEqual(found, [], name)
    }
    await context.close()
  })
})

describe('with the keyboard', { skip }, () => {
  test('every link and control is reached in order, and shows that it is', async () => {
    const page = await browser.newPage()
    for (const path of ['/', '/decisions', '/drift']) {
      await page.goto(open + path)
      const expected = await page
        .locator('a[href], button, input:not([type=hidden]), select, textarea, summary')
        .count()
      const seen: string[] = []
      for (let i = 0; i < expected; i += 1) {
        await page.keyboard.press('Tab')
        const found = await page.evaluate<Focused | null>(focused)
        assert.ok(found?.isShown === true, `${path}: step ${i + 1}, ${found?.text ?? 'nothing'}`)
        seen.push(found.text)
      }
      assert.equal(seen[0], 'Skip to the content')
      assert.equal(seen.length, expected)
    }
    await page.close()
  })

  test('the first link leads past the navigation', async () => {
    const page = await browser.newPage()
    await page.goto(`${open}/decisions`)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate<string>(focusedId), 'user')
    await page.close()
  })
})

describe('somebody', { skip }, () => {
  test('signs in, finds a decision by filters, looks at its grant, and signs out', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    const complaints = complaintsOf(page)
    await page.goto(`${guarded}/decisions`)
    assert.match(page.url(), /\/sign-in\?to=/)
    await page.getByLabel('Token').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').getByText('does not know this token').waitFor()
    assert.equal(await page.getByLabel('Token').inputValue(), '')
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { level: 1, name: 'Decisions' }).waitFor()
    assert.ok(!page.url().includes(token))
    await page.getByLabel('User').fill('alice')
    await page.getByLabel('Reason').selectOption('BreakGlass')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('row').filter({ hasText: 'BreakGlass' }).getByRole('link').first().click()
    await page.getByRole('heading', { name: 'The grant and its use' }).waitFor()
    await page.getByRole('link', { name: /^bg-/ }).first().click()
    await page.getByText('checkout times out').waitFor()
    assert.ok(!(await page.content()).includes(token))
    const [cookie] = await context.cookies()
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict'])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Token').waitFor()
    await page.goto(`${guarded}/grants`)
    assert.match(page.url(), /\/sign-in/)
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test('goes through all decisions page by page, back and forth', async () => {
    const page = await browser.newPage()
    await page.goto(`${open}/decisions`)
    const first = await page.getByRole('row').count()
    await page.getByRole('link', { name: 'Older decisions' }).click()
    const second = await page.getByRole('row').count()
    assert.equal(first - 1 + second - 1, 67)
    const address = page.url()
    await page.getByRole('link', { name: 'Back to the newest' }).click()
    assert.equal(await page.getByRole('row').count(), first)
    await page.goto(address)
    assert.equal(await page.getByRole('row').count(), second)
    await page.close()
  })
})
