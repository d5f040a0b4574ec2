import {
  toScope,
  whyNotCircumstances,
  whyNotRegistered,
  whyNotScope,
  type Claims,
} from '../../core/breakglass/claims.ts'
import { readCompact } from '../../core/breakglass/compact.ts'
import { momentText } from '../../core/breakglass/moment.ts'
import { audienceOf } from '../../core/breakglass/token.ts'
import type { ScopeRow } from '../../core/policy/grant-scope-schema.ts'
import { Refused } from './refused.ts'
import { wayOutOf } from './ways-out.ts'

/** What a token says of itself; the cluster verifies it. */
export interface Preview {
  /** Name of the grant that it makes. */
  readonly grant: string
  readonly username: string
  readonly audience: string
  readonly scope: readonly ScopeRow[]
  /** Epoch ms. */
  readonly validFrom: number
  readonly expiresAt: number
}

/** Throws Refused for what no cluster would accept. */
export function readToken(token: string): Preview {
  const read = readCompact(token)
  if (read.kind === 'refused') throw refused(read.rule, read.message)
  const { payload } = read
  const problem = whyNotRegistered(payload) ?? whyNotCircumstances(payload) ?? whyNotScope(payload)
  if (problem !== undefined) throw refused('Claims', problem)
  const {
    jti,
    sub,
    aud,
    iat,
    nbf,
    exp,
    authorization_details: details,
  } = payload as unknown as Claims
  return {
    grant: `bg-${jti}`,
    username: sub,
    audience: aud,
    scope: toScope(details),
    validFrom: Math.max(iat, nbf) * 1000,
    expiresAt: exp * 1000,
  }
}

/** As the webhook has it. */
const tolerance = 30_000

/** Throws Refused for what the cluster would refuse, before it is asked. */
export function checkToken(
  { username, audience, expiresAt, validFrom }: Preview,
  here: {
    readonly clusterUid: string | undefined
    readonly username: string
    readonly now: number
  },
): void {
  if (here.clusterUid !== undefined && audience !== audienceOf(here.clusterUid)) {
    throw refused('WrongCluster', 'the token is for another cluster')
  }
  if (username !== here.username) {
    throw refused('WrongUser', `the token is for ${username}, and you are ${here.username}`)
  }
  if (here.now >= expiresAt + tolerance) {
    throw refused('Expired', `the token ended at ${momentText(expiresAt)}`)
  }
  if (validFrom > here.now + tolerance) {
    throw refused('NotYetValid', `the token begins at ${momentText(validFrom)}`)
  }
}

function refused(rule: string, message: string): Refused {
  return new Refused(`${rule}: ${message}.\n${wayOutOf(rule)}`)
}
