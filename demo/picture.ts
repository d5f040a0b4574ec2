import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { toSvg } from './terminal-svg.ts'

// `node demo/picture.ts`: plays the demo on a real control plane and draws parts of what it printed,
// unchanged, as docs/demo.svg. Decision ids differ from run to run.

/** Blocks of the output, each told by a piece of its command. */
const shown = [
  'kubectl auth can-i',
  'kubectl scale deployment web',
  'git commit -q -m "shop: add api"',
  'rev-parse main) \\',
  'rev-parse more-replicas) \\',
]
const picture = path.join(import.meta.dirname, '..', 'docs', 'demo.svg')

const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [path.join(import.meta.dirname, 'main.ts')],
  { encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' } },
)
if (status !== 0) throw new Error(`the demo ended with ${status}:\n${stdout}${stderr}`)
const blocks = stdout.split(/\n{2,}/)
const chosen = shown.map((piece) => {
  const block = blocks.find((text) => text.includes(piece))
  if (block === undefined) throw new Error(`the demo did not show ${piece}`)
  return block
})
mkdirSync(path.dirname(picture), { recursive: true })
writeFileSync(picture, toSvg(chosen.join('\n\n'), 'solewriter: alice is refused, Git is admitted'))
