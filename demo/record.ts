import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Output, prepareEnding } from './ending.ts'
import { createFleet } from './fleet.ts'
import { LiveStage } from './live.ts'
import { recordingFile, recordingIndex, type Recording } from './recorded.ts'
import { attempts, tell } from './story.ts'
import { createNarrator } from './terminal.ts'
import { createWorkspace } from './workspace.ts'

// `node demo/record.ts`: plays the demo on a real control plane and writes what the API server
// asked to demo/recorded, for `--recorded` and for tests.

const name = 'demo-recording'
const output = new Output()
const narrator = createNarrator(output, process.env)
const workspace = createWorkspace()
const ending = prepareEnding(name, workspace, output)
const stage = new LiveStage({ workspace, narrator, name, isKept: false })
try {
  await tell({ stage, fleet: createFleet(workspace, narrator), narrator, workspace })
  const version = await workspace.sh('kubectl version --client -o json')
  const { clientVersion } = JSON.parse(version.stdout) as {
    readonly clientVersion: { readonly gitVersion: string }
  }
  const answers = attempts.map(({ id }) => {
    const found = stage.answered.get(id)
    if (found === undefined) throw new Error(`no recording of ${id}`)
    return { id, ...found }
  })
  const recording: Recording = {
    recordedAt: answers[0]?.record.time ?? '',
    kubernetes: clientVersion.gitVersion,
    times: Object.fromEntries(answers.map(({ id, record }) => [id, record.time])),
  }
  const directory = path.dirname(recordingIndex)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory)
  for (const { id, review } of answers) {
    writeFileSync(recordingFile(id), `${JSON.stringify(review)}\n`)
  }
  writeFileSync(recordingIndex, `${JSON.stringify(recording, null, 2)}\n`)
  narrator.say(`written: ${answers.length} recordings`)
} finally {
  await stage.close()
  await ending.cleanUp()
}
