import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../../src/cli/run.ts'
import { fakeEnv } from './fake-env.ts'

const cases: readonly [args: string, said: string][] = [
  ['polcy check x', "error: unknown command 'polcy'\n(Did you mean policy?)"],
  ['policy chek x', "error: unknown command 'chek'\n(Did you mean check?)"],
  ['cert show', "error: unknown command 'cert'\n(Did you mean certs?)"],
  ['certs boostrap', "error: unknown command 'boostrap'\n(Did you mean bootstrap?)"],
  ['policy check x --ouput json', "error: unknown option '--ouput'\n(Did you mean --output?)"],
  ['certs show --dirr x', "error: unknown option '--dirr'\n(Did you mean --dir?)"],
  ['policy check --verison', "error: unknown option '--verison'\n(Did you mean --version?)"],
  ['xyzzy', "error: unknown command 'xyzzy'"],
]
for (const [args, said] of cases) {
  test(`${args}: ${said.replaceAll('\n', ' ')}`, async () => {
    const env = fakeEnv()
    assert.equal(await run(args.split(' '), env), 2)
    assert.equal(env.err(), `${said}\n(--help shows what is possible)\n`)
    assert.equal(env.out(), '')
  })
}

test('a resource without its group is told its group', async () => {
  const env = fakeEnv()
  const args = ['policy', 'explain', 'deployments', '--as', 'alice', '--policy', 'p']
  assert.equal(await run(args, env), 2)
  assert.match(env.err(), /RESOURCE.*write deployments\.apps\n/)
})
