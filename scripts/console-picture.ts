import { writeFile } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { chromiumArguments, findChromium } from '../test/cli/console/chromium.ts'
import { startConsole } from '../test/cli/console/ground.ts'
import { decisionId } from '../test/cli/console/samples.ts'

// Draws docs/console.png anew: `node scripts/console-picture.ts`, with a chromium on PATH.

const most = 150 * 1024
const program = findChromium()
if (program === undefined) throw new Error('there is no chromium on PATH')
const ends: (() => unknown)[] = []
try {
  const { url } = await startConsole({
    after: (end: () => unknown) => void ends.push(end),
  } as never)
  const browser = await chromium.launch({ executablePath: program, args: chromiumArguments })
  ends.push(() => browser.close())
  const viewport = { width: 960, height: 820 }
  const page = await browser.newPage({ viewport, colorScheme: 'light' })
  await page.goto(`${url}/decisions/${decisionId(900)}`)
  const picture = await page.screenshot()
  if (picture.length > most) throw new Error(`the picture has ${picture.length} bytes`)
  await writeFile(new URL('../docs/console.png', import.meta.url), picture)
} finally {
  for (const end of ends.toReversed()) await end()
}
