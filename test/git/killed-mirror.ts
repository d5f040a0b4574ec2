import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openMirror } from '../../src/git/mirror.ts'
import { policyRepository, searchPath } from './mirrors.ts'

// Starts a mirror whose first fetch hangs in the middle, says so, and waits to be killed.
const [url = '', mirrorDir = '', programs = ''] = process.argv.slice(2)

// It ends when nobody reads its output any more.
const script = `#!/bin/sh
case "$*" in *" fetch "*)
  touch ${mirrorDir}/fleet.git.next/objects/pack/tmp_pack_x ${mirrorDir}/fleet.git.next/config.lock
  while sleep 0.1; do echo . || exit 1; done
esac
PATH='${searchPath}' exec git "$@"
`
await writeFile(join(programs, 'git'), script)
await chmod(join(programs, 'git'), 0o755)
const path = `${programs}:${searchPath}`
const mirror = openMirror(policyRepository({ url }), { mirrorDir, searchPath: path, now: Date.now })
await mirror.start()
const isFetching = () =>
  stat(join(mirrorDir, 'fleet.git.next/config.lock')).then(
    () => true,
    () => false,
  )
while (!(await isFetching())) await delay(20)
process.stdout.write('fetching\n')
