import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  toControllerSettings,
  type ControllerOptions,
} from '../../../src/cli/controller/settings.ts'
import { fakeEnv } from '../fake-env.ts'

const options: ControllerOptions = {
  policy: 'policy.yaml',
  healthListen: { host: '127.0.0.1', port: 0 },
  namespace: 'solewriter-system',
  webhookConfiguration: 'solewriter',
  service: 'solewriter',
  logLevel: 'info',
}

test('mirrors are kept where somebody says, and only then is there anything to fetch', () => {
  const env = fakeEnv({ cwd: '/srv' })
  const none = toControllerSettings(options, env)
  assert.deepEqual([none.mirrorDir, none.overrides.size], [undefined, 0])
  const given = { ...options, mirrorDir: 'mirrors', repo: ['fleet=../fleet'] }
  const { mirrorDir, overrides } = toControllerSettings(given, env)
  assert.deepEqual([mirrorDir, ...overrides], ['/srv/mirrors', ['fleet', '/fleet']])
  const { mirrorDir: _dir, ...without } = given
  assert.throws(() => toControllerSettings(without, env), { message: /--mirror-dir/ })
})
