import { breadthOf } from '../breakglass/breadth.ts'
import { grantTerms } from '../breakglass/grant-terms.ts'
import { toScope } from '../breakglass/claims.ts'
import { kubectlWord } from '../breakglass/kinds.ts'
import { presets, type Preset } from '../breakglass/presets.ts'
import { ruleFor } from '../breakglass/rule-for.ts'
import { coverageOf, type GrantScope } from '../breakglass/scope.ts'
import { grantedChanges } from '../breakglass/use.ts'
import { makeScope } from '../breakglass/wanted-scope.ts'
import type { BreakGlassRule } from '../policy/schema.ts'
import type { Case } from './case.ts'

/** The command that gets this user through with this write; empty when no preset does. */
export function wayOut(one: Case): string {
  const { policy, request, who, scope } = one
  // Where a denial is only told, nobody needs one.
  const isRefused = who.kind === 'human' && scope.mode === 'enforce'
  const rule = isRefused ? ruleFor(policy, request.user) : undefined
  const [best] = rule === undefined ? [] : fitting(one, rule).toSorted(narrowestFirst)
  if (best === undefined) return ''
  const { preset, namespace, target } = best
  const words = [
    `--preset ${preset.name}`,
    ...(namespace === undefined ? [] : [`-n ${namespace}`]),
    ...(target === undefined ? [] : [target]),
  ]
  return `In an emergency: kubectl breakglass request ${words.join(' ')} --incident ID --reason "..."`
}

interface Wanted {
  readonly preset: Preset
  readonly namespace?: string
  readonly target?: string
}

interface Fit extends Wanted {
  /** As far as it is about this resource. */
  readonly scope: GrantScope
}

/** People paste it into a shell, and the name of an object may be anybody's choice. */
const harmless = /^[a-z0-9][a-z0-9.:_-]*$/i

function fitting(one: Case, rule: BreakGlassRule): readonly Fit[] {
  const { request } = one
  const { name, namespace } = request
  if (![name, namespace].every((word) => word === '' || harmless.test(word))) return []
  const changed = grantedChanges(request, one.changes.all())
  return presets.flatMap((preset) => {
    const wanted = wantedFor(preset, one)
    const made = makeScope(wanted)
    if (made.kind === 'refused') return []
    const { scope } = grantTerms({ scope: toScope(made.details), keyLimits: {} }, rule)
    const about = scope.filter(({ resources }) => resources.includes(one.resource))
    const isCovered = coverageOf(scope, request, changed).kind === 'covered'
    return isCovered ? [{ ...wanted, scope: about }] : []
  })
}

function wantedFor(preset: Preset, { resource, request }: Case): Wanted {
  const [main = ''] = resource.split('/')
  const { name, namespace } = request
  const [other = ''] = preset.targets ?? []
  const isByTheWay = preset.targets?.includes(main) === false && preset.isForOne === true
  // What else a preset is for goes with an object that the request does not name.
  if (isByTheWay) return { preset, target: `${kubectlWord(other)}/NAME` }
  return {
    preset,
    ...(namespace !== '' && main !== 'namespaces' && { namespace }),
    ...(name !== '' && { target: `${kubectlWord(main)}/${name}` }),
  }
}

/** Of two that reach as far, the one whose fields lie deeper. */
function narrowestFirst(a: Fit, b: Fit): number {
  return breadthOf(a.scope) - breadthOf(b.scope) || depthOf(b.scope) - depthOf(a.scope)
}

function depthOf(scope: GrantScope): number {
  return Math.max(0, ...scope.flatMap(({ fields = [] }) => fields.map(({ length }) => length)))
}
