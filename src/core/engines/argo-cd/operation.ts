import { isTerminating, finalizersOf } from '../../exceptions/conditions/metadata.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import type { Applied, Attestation, Revision, Write } from '../engine.ts'
import type { Applying, ApplicationReading } from './reading.ts'
import { whyNotFromGit } from './overrides.ts'
import { cascadeFinalizers, cleanupFinalizers, deleteHookFinalizers } from './names.ts'
import { revisionsOf } from './operation-revisions.ts'

/** What Argo CD applies now, from the operation that it reports to be running. */
export function attest(
  application: JsonObject,
  reading: ApplicationReading,
  write: Write,
): Attestation {
  if (reading.kind === 'none') return { kind: 'idle', why: reading.why }
  if (reading.kind === 'refused') return reading
  const isRequested = (application['operation'] ?? null) !== null
  // The same order as in Argo CD: an Application that is being deleted first ends its operation.
  if (!isRequested) return attestDeletion(application, reading, write)
  const state = at(application, 'status', 'operationState')
  const sync = at(state, 'operation', 'sync')
  const isRunning = ['Running', 'Terminating'].includes(stringAt(state, 'phase') ?? '')
  if (!isRunning || !isJsonObject(sync)) {
    return { kind: 'idle', why: 'its operation has not begun, or is no sync' }
  }
  return attestSync(sync, at(state, 'syncResult') ?? null, { reading, write })
}

interface Question {
  readonly reading: Applying
  readonly write: Write
}

function attestSync(sync: JsonObject, result: Json, { reading, write }: Question): Attestation {
  const why = whyNotFromGit(sync, result, reading.sources)
  if (why !== undefined) return { kind: 'refused', why }
  const revisions = revisionsOf(sync, result, reading)
  if (typeof revisions === 'string') return { kind: 'refused', why: revisions }
  const applied = reading.followed.map(({ url, plan }, i): Applied => ({
    url,
    plan,
    revision: revisions[i] ?? headOf(plan),
  }))
  // Hooks are deleted before and after they run, and replaced objects before they are created anew.
  const isOnly = write === 'delete' && sync['prune'] !== true
  return { kind: 'applies', applied, ...(isOnly ? { onlyRecreates: true } : {}) }
}

/** Without an operation Argo CD writes only while the Application is deleted, at the heads of its sources. */
function attestDeletion(application: JsonObject, reading: Applying, write: Write): Attestation {
  if (!isTerminating(application)) return { kind: 'idle', why: 'no operation is running' }
  const finalizers = finalizersOf(application)
  const holds = (names: readonly string[]) => names.some((name) => finalizers.includes(name))
  const applied = reading.followed.map(({ url, plan }) => ({ url, plan, revision: headOf(plan) }))
  if (write === 'apply') {
    if (holds(deleteHookFinalizers)) return { kind: 'applies', applied }
    return { kind: 'idle', why: 'it is being deleted, and has no hooks for that' }
  }
  if (holds(cascadeFinalizers)) return { kind: 'applies', applied }
  if (holds([...deleteHookFinalizers, ...cleanupFinalizers])) {
    return { kind: 'applies', applied, onlyRecreates: true }
  }
  return { kind: 'idle', why: 'it is being deleted without its objects' }
}

function headOf({ pin, branch }: { readonly pin?: string; readonly branch: string }): Revision {
  return pin === undefined ? { kind: 'branch', name: branch } : { kind: 'commit', id: pin }
}
