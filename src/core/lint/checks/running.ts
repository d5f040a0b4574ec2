import { momentOf, momentText } from '../../breakglass/moment.ts'
import { listAt } from '../../exceptions/conditions/metadata.ts'
import { at, stringAt, type JsonObject } from '../../manifest/json.ts'
import { enforcesAnywhere } from '../../policy/scope.ts'
import { checkOf } from '../check.ts'
import type { BundleCertificate, Ground } from '../facts.ts'
import type { Finding } from '../finding.ts'
import { word } from '../text.ts'

const day = 86_400_000
const soon = 14 * day

export const certificatesCheck = checkOf(
  { check: 'certificates', title: 'the authority that the API server knows us by' },
  ['configuration'],
  ({ configuration }, ground) => {
    const bundles = listAt(configuration, 'webhooks').flatMap((webhook) => {
      const text = stringAt(webhook, 'clientConfig', 'caBundle') ?? ''
      return text === '' ? [] : [{ entry: stringAt(webhook, 'name') ?? '', text }]
    })
    const judged = bundles.map(({ entry, text }) => {
      const certificates = ground.certificatesOf(Buffer.from(text, 'base64').toString('utf8'))
      return { certificates, findings: bundleFindings(entry, certificates, ground) }
    })
    const ends = judged.flatMap(({ certificates }) => certificates ?? []).map((one) => one.notAfter)
    const last = ends.length === 0 ? '' : `, until ${momentText(Math.max(...ends))}`
    return {
      summary: `certificates: ${ends.length}${last}`,
      findings: judged.flatMap(({ findings }) => findings),
    }
  },
)

function bundleFindings(
  entry: string,
  certificates: readonly BundleCertificate[] | undefined,
  { now }: Ground,
): readonly Finding[] {
  const finding = (severity: 'problem' | 'warning', kind: string, what: string): Finding => ({
    severity,
    kind,
    what: `${entry}: ${what}`,
    fix: 'The controller renews it where it has the certificates; else renew it where they are made.',
    command: 'solewriter certs show --help',
    facts: { entry },
  })
  if (certificates === undefined || certificates.length === 0) {
    return [finding('problem', 'bundle-unreadable', 'the caBundle holds no certificate')]
  }
  const valid = certificates.filter(({ notBefore, notAfter }) => notBefore <= now && now < notAfter)
  if (valid.length === 0) {
    return [finding('problem', 'bundle-expired', 'no certificate of the caBundle is valid now')]
  }
  const end = Math.max(...valid.map(({ notAfter }) => notAfter))
  if (end - now > soon) return []
  return [finding('warning', 'bundle-ends', `the last certificate ends ${momentText(end)}`)]
}

export const controllerCheck = checkOf(
  { check: 'controller', title: 'the active controller' },
  ['lease'],
  ({ lease }, { namespace, now }) => {
    const holder = stringAt(lease, 'spec', 'holderIdentity') ?? ''
    const renewed = stringAt(lease, 'spec', 'renewTime') ?? ''
    const told = (kind: string, what: string) => ({
      summary: 'none',
      findings: [
        {
          severity: 'problem' as const,
          kind,
          what: `${what}: caBundle, grants, post-mortems and events are left alone`,
          fix: 'See why the controller does not run.',
          command: `kubectl -n ${word(namespace)} get pods -l app.kubernetes.io/component=controller`,
          facts: { holder, renewed },
        },
      ],
    })
    if (holder === '') return told('not-held', 'nobody holds the Lease solewriter-controller')
    if (isOver(lease, now)) return told('not-renewed', `the Lease was last renewed ${renewed}`)
    return { summary: `held by ${holder}`, findings: [] }
  },
)

/** Twice its duration: clocks differ, and somebody may be taking over. */
function isOver(lease: JsonObject | undefined, now: number): boolean {
  const duration = at(lease, 'spec', 'leaseDurationSeconds')
  const renewed = momentOf(stringAt(lease, 'spec', 'renewTime'))
  return (
    renewed === undefined || now - renewed > 2000 * (typeof duration === 'number' ? duration : 15)
  )
}

export const modeCheck = checkOf(
  { check: 'mode', title: 'what is enforced' },
  ['isEmergency'],
  ({ isEmergency }, { policy, namespace }) => {
    const findings: Finding[] = []
    if (isEmergency) {
      findings.push({
        severity: 'problem',
        kind: 'emergency',
        what: 'an operator has switched us off: nobody is asked about any write',
        fix: 'End the emergency once it is over.',
        command: 'solewriter emergency on',
        facts: { namespace },
      })
    }
    if (policy === undefined) return { summary: 'no policy was given', findings }
    const { mode, scopes } = policy.spec
    if (!enforcesAnywhere(policy)) {
      findings.push({
        severity: 'warning',
        kind: 'not-enforcing',
        what: `the policy is in mode ${mode} and no scope enforces: nothing is refused`,
        fix: 'Once the records show no denial that you do not want, set mode: enforce.',
        command: 'solewriter policy suggest --help',
        facts: { mode },
      })
    }
    return { summary: `mode ${mode}, ${scopes.length} scopes of their own`, findings }
  },
)
