import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { catalogueVersion } from '../../../src/core/content/catalogue.ts'
import { json } from '../../kubernetes/api-server.ts'
import { policyWith, repository } from './policies.ts'
import { makeSite, smallApi } from './serving.ts'

describe('serve', () => {
  test('warns when nobody has measured the defaults of the API server', async (t) => {
    const site = await makeSite(t, { policy: policyWith() })
    const serve = await site.start()
    const { level, served, catalogue } = await serve.log.told('defaults_of_another_version')
    assert.deepEqual([level, served, catalogue], ['warn', '1.35', catalogueVersion])
    const metric = `defaults_catalogue_exact{version="${catalogueVersion}"}`
    assert.ok((await serve.metrics()).includes(`${metric} 0`))
  })

  test('is quiet where they were measured, and shows the level of writers', async (t) => {
    const site = await makeSite(t, {
      policy: policyWith({ repositories: [repository('fleet')] }),
      api: (request, response) => {
        if (request.url === '/version')
          json(response, 200, { gitVersion: `v${catalogueVersion}.0` })
        else smallApi(request, response)
      },
    })
    const serve = await site.start()
    await serve.log.told('serving')
    assert.equal(serve.log.count('defaults_of_another_version'), 0)
    const metrics = await serve.metrics()
    assert.match(metrics, /defaults_catalogue_exact\{version="[\d.]+"\} 1/)
    for (const level of ['commit"} 0', 'declared"} 1', 'content"} 0']) {
      assert.ok(metrics.includes(`writers{verify="${level}`), level)
    }
    const { where } = await serve.log.told('policy_warning')
    assert.match(String(where), /writers\[0\].verify: is lower than content/)
  })
})
