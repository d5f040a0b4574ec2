import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { AdmissionRequest } from '../core/admission/request.ts'
import { grantKind } from '../core/breakglass/grant.ts'
import { trustedIssuers } from '../core/breakglass/issuers.ts'
import { readKeys, type PinnedKeys } from '../core/breakglass/keys.ts'
import type { BreakGlass } from '../core/decision/case.ts'
import type { JsonObject } from '../core/manifest/json.ts'
import type { BreakGlassIssuer, Policy } from '../core/policy/schema.ts'
import type { Env } from './env.ts'
import { created, memoryGrants, type MemoryGrants, type MemoryOptions } from './memory-grants.ts'
import { printable } from './output.ts'

export interface ReviewGrants {
  readonly breakGlass: BreakGlass
  /** What the API server would do after an allow: later reviews of the run see the grant. */
  readonly follow: (request: AdmissionRequest, now: number) => void
}

/** Grants of a run of `review`: those of the state, those that reviews of it create, and their uses. */
export async function openGrants(
  policy: Policy,
  { grants: objects, approvals, now }: MemoryOptions & { readonly grants: readonly JsonObject[] },
  env: Env,
): Promise<ReviewGrants> {
  const grants = memoryGrants(objects, { approvals, now })
  const keys = new Map<string, PinnedKeys>()
  for (const issuer of policy.spec.breakGlass.issuers) {
    const found = await keysFrom(issuer, env)
    if (found !== undefined) keys.set(issuer.name, found)
  }
  const issuers = trustedIssuers(policy, ({ name }) => keys.get(name))
  return {
    breakGlass: { grants: grants.store, issuers },
    follow: (request, now) => {
      follow(request, now, grants)
    },
  }
}

/** Nothing is fetched, and a file that is only in the cluster keeps nobody from the rest. */
async function keysFrom(issuer: BreakGlassIssuer, env: Env): Promise<PinnedKeys | undefined> {
  const { name, jwks, jwksFile } = issuer
  if (jwks !== undefined) return undefined
  const read = jwksFile === undefined ? noFile : await readKeysFile(path.resolve(env.cwd, jwksFile))
  if (read.kind === 'keys') return read.keys
  const what = `issuer ${name} has no keys here, so its tokens are refused: ${read.message}`
  env.stderr.write(`solewriter: ${printable(what)}\n`)
  return undefined
}

const noFile = { kind: 'refused', message: 'a jwksUrl is not fetched' } as const

async function readKeysFile(file: string) {
  try {
    return readKeys(await readFile(file, 'utf8'))
  } catch {
    return { kind: 'refused', message: `${file} cannot be read` } as const
  }
}

function follow(request: AdmissionRequest, now: number, { put }: MemoryGrants): void {
  const { object, operation, subresource, dryRun, kind } = request
  const isWrite = (operation === 'CREATE' || operation === 'UPDATE') && subresource === ''
  if (kind.group !== grantKind.group || kind.kind !== grantKind.kind) return
  if (object !== null && isWrite && !dryRun) put(created(object, now))
}
