import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { AuthorityStore, CertificateMaterial } from '../../src/certs/store.ts'

const material = (name: string): CertificateMaterial => ({
  caBundlePem: `${name} bundle\n`,
  caKeyPem: `${name} authority key\n`,
  certificatePem: `${name} certificate\n`,
  keyPem: `${name} key\n`,
})

/** What every AuthorityStore has to do. `open` opens the same place each time within one test. */
export function testAuthorityStore(
  name: string,
  makePlace: (t: TestContext) => Promise<{ open: () => AuthorityStore }>,
): void {
  test(`${name}: an empty store has nothing`, async (t) => {
    const { open } = await makePlace(t)
    assert.equal(await open().load(), undefined)
  })

  test(`${name}: what was saved is loaded, by others too`, async (t) => {
    const { open } = await makePlace(t)
    assert.equal(await open().save(material('one'), undefined), 'saved')
    assert.deepEqual((await open().load())?.material, material('one'))
  })

  test(`${name}: each save has another version`, async (t) => {
    const { open } = await makePlace(t)
    const store = open()
    const versions = new Set<string | undefined>()
    for (const round of ['a', 'b', 'c', 'a']) {
      const previous = (await store.load())?.version
      assert.equal(await store.save(material(round), previous), 'saved')
      versions.add((await store.load())?.version)
    }
    assert.equal(versions.size, 4)
  })

  test(`${name}: a save over something else than what was loaded is a conflict`, async (t) => {
    const { open } = await makePlace(t)
    const store = open()
    await store.save(material('one'), undefined)
    const old = await store.load()
    assert.equal(await store.save(material('zero'), undefined), 'conflict')
    assert.equal(await store.save(material('two'), old?.version), 'saved')
    for (const late of [old?.version, undefined, 'made up']) {
      assert.equal(await store.save(material('late'), late), 'conflict')
    }
    assert.deepEqual((await store.load())?.material, material('two'))
  })

  test(`${name}: of many that save at once exactly one succeeds, and all see it`, async (t) => {
    const { open } = await makePlace(t)
    let version: string | undefined
    for (let round = 0; round < 5; round += 1) {
      const names = Array.from({ length: 8 }, (_, index) => `round ${round} writer ${index}`)
      const outcomes = await Promise.all(names.map((one) => open().save(material(one), version)))
      assert.deepEqual(outcomes.filter((outcome) => outcome === 'saved').length, 1)
      const winner = names[outcomes.indexOf('saved')]
      assert.ok(winner !== undefined)
      const loaded = await open().load()
      assert.deepEqual(loaded?.material, material(winner))
      version = loaded?.version
    }
  })
}
