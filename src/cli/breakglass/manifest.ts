import { grantKind } from '../../core/breakglass/grant.ts'
import type { JsonObject } from '../../core/manifest/json.ts'

/** The object whose creation uses a token up. */
export function grantManifest(name: string, token: string, credential?: string): JsonObject {
  return {
    apiVersion: `${grantKind.group}/${grantKind.version}`,
    kind: grantKind.kind,
    metadata: { name },
    spec: { token, ...(credential !== undefined && { credential }) },
  }
}
