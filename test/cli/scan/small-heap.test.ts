import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'

const root = path.join(import.meta.dirname, '..', '..', '..')
const module = path.join(root, 'src', 'cli', 'scan', 'small-heap.ts')

/** By how much the young generation of a process grows that makes and drops a lot. */
function growth(isKept: boolean): number {
  const script = `
    const { keepHeapSmall } = await import(${JSON.stringify(module)})
    const { getHeapSpaceStatistics } = await import('node:v8')
    const size = () => getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size
    if (${isKept}) keepHeapSmall()
    const before = size()
    let kept = []
    for (let i = 0; i < 3_000_000; i += 1) {
      if (kept.length > 200_000) kept = []
      kept.push({ i })
    }
    console.log(size() - before)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString())
}

test('the young generation stays about as it is, which it would not by itself', () => {
  const [free, kept] = [growth(false), growth(true)]
  assert.ok(kept * 8 < free, `${kept} bytes more, and ${free} without`)
})
