import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { api, apiFile, apiPath, grantName, startPromoting, use } from './promoting.ts'

const file = path.join(import.meta.dirname, '..', '..', '..', 'docs', 'break-glass.md')
const page = readFileSync(file, 'utf8')

function plain(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{12}\b/g, 'COMMIT')
    .replaceAll(/ {2,}/g, '  ')
    .trim()
}

test('the page shows what promote prints', async () => {
  const [, shown = ''] =
    /^```text\n\$ kubectl breakglass promote [^\n]+\n([^]*?)^```$/m.exec(page) ?? assert.fail()
  const given = await startPromoting({
    files: { 'prod/api.yaml': apiFile },
    sources: '[{path: prod}]',
    uses: [use({ paths: ['spec.replicas'], after: api(5) })],
    objects: { [apiPath]: api(5) },
  })
  const { code, out, err } = await given.promote()
  assert.deepEqual([code, err], [0, ''])
  const open = `open  https://github.com/acme/fleet/compare/main...break-glass/${grantName}?expand=1`
  assert.equal(plain(`${plain(out)}\n${open}`), plain(shown))
})
