import assert from 'node:assert/strict'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { objectsIn, withObject } from '../../../src/core/promote/manifest-file.ts'

type Change = (object: Record<string, Json>) => void

/** A change of the object with that name, as the file has it afterwards. */
export function changed(file: string, name: string, change: Change): string {
  const target = objectsIn(file).find((one) => one.name === name)
  assert.ok(target !== undefined, `${name} is not in the file`)
  const next = structuredClone(target.object) as Record<string, Json>
  change(next)
  const result = withObject(file, target, next)
  return result.kind === 'text' ? result.text : `${result.kind}: ${JSON.stringify(result)}`
}

/** Lines that went and came, in the manner of diff. */
export function lines(before: string, after: string): readonly string[] {
  const [old, next] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < old.length && head < next.length && old[head] === next[head]) head += 1
  let tail = 0
  const most = Math.min(old.length, next.length) - head
  while (tail < most && old.at(-1 - tail) === next.at(-1 - tail)) tail += 1
  return [
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...next.slice(head, next.length - tail).map((line) => `+${line}`),
  ]
}

export function put(object: JsonObject, path: string, value: Json | undefined): void {
  const keys = path.split('/')
  const last = keys.pop() ?? ''
  let at = object as Record<string, Json>
  for (const key of keys) at = at[key] as Record<string, Json>
  if (value === undefined && Array.isArray(at)) at.splice(Number(last), 1)
  else if (value === undefined) delete at[last]
  else at[last] = value
}

export const deployment = `# owned by the shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api # the front door
  namespace: pay
  labels: {app: api, "tier": 'web'}
spec:
  # ask before you go over ten
  replicas: 3 # three zones

  template:
    metadata:
      annotations:
        note: 'it''s here'
    spec:
      containers:
      # the one that serves
      - name: api
        image: registry.example.com:5000/api:1.2.3 # bot: update
        args: ["--port", "80"]
        env:
        - name: A
          value: "1"
        - {name: B, value: "2"}
      - name: log
        image: "log:1"
        command:
        - sh
        - -c
        - |
          set -e
          exec log

# the end
`
