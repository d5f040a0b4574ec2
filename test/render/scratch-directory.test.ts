import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { sweepScratchDirectories } from '../../src/render/scratch-directory.ts'

test('what killed processes left is removed, and nothing else', async (t) => {
  const parent = mkdtempSync(path.join(tmpdir(), 'solewriter-sweep-'))
  t.after(() => rmSync(parent, { recursive: true }))
  const ended = spawnSync(process.execPath, ['-e', '']).pid
  const stale = [`solewriter-build-${ended}-a`, `solewriter-build-${process.pid}-b`]
  const kept = [`solewriter-build-${process.ppid}-c`, 'solewriter-build-old', 'other']
  for (const name of [...stale, ...kept]) {
    mkdirSync(path.join(parent, name, 'tree'), { recursive: true })
  }
  await sweepScratchDirectories(parent)
  assert.deepEqual(readdirSync(parent).toSorted(), kept.toSorted())
})
