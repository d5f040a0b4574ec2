import type { Finding, IssuePath } from './issue.ts'
import type { BreakGlassRule, Policy } from './schema.ts'

const base: IssuePath = ['spec', 'breakGlass']

export function breakGlassWarnings({ spec }: Policy): readonly Finding[] {
  const { issuers, rules, sinks, lockdown, annotationCarrier } = spec.breakGlass
  const carried =
    'keeps tokens in objects, where whoever may read those reads them; each is spent by then'
  return [
    ...said(lockdown, 'lockdown', 'is on: no grant counts, and nobody can make one'),
    ...said(annotationCarrier, 'annotationCarrier', carried),
    ...alone(
      issuers.length,
      'rules',
      rules.length,
      'nobody may activate a token: there are no rules',
    ),
    ...alone(rules.length, 'issuers', issuers.length, 'nobody can: there are no issuers of tokens'),
    ...rules.flatMap((rule, i) => incidentWarnings(rule, [...base, 'rules', i])),
    ...sinks.flatMap(({ url }, i) =>
      url?.startsWith('http:') === true
        ? [
            {
              path: [...base, 'sinks', i, 'url'],
              message: 'is http: anyone on the way can read it',
            },
          ]
        : [],
    ),
  ]
}

function said(is: boolean, key: string, message: string): Finding[] {
  return is ? [{ path: [...base, key], message }] : []
}

function alone(present: number, key: string, missing: number, message: string): Finding[] {
  return present > 0 && missing === 0 ? [{ path: [...base, key], message }] : []
}

function incidentWarnings({ reason: { incident } }: BreakGlassRule, path: IssuePath): Finding[] {
  if (incident === undefined || /^\^.*\$$/s.test(incident)) return []
  const message = 'is not anchored by ^ and $: anything around a match passes too'
  return [{ path: [...path, 'reason', 'incident'], message }]
}
