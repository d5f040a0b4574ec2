/** What to do about a token that is not accepted, by the rule that it breaks. */
export function wayOutOf(rule: string): string {
  return Object.hasOwn(ways, rule) ? (ways[rule] ?? anew) : anew
}

const anew = 'Mint another one: kubectl breakglass request, or solewriter breakglass mint.'
const trust =
  'Its key has to be under spec.breakGlass.issuers of the policy, which Git keeps. Sign with one that is.'

const ways: Readonly<Record<string, string>> = {
  Expired: anew,
  Used: anew,
  NotYetValid: 'Wait for it, or mint another one on a machine whose clock is right.',
  WrongCluster:
    'Choose the cluster that it was minted for with --context, or mint one for this one.',
  WrongUser: 'Log in as the user that it was minted for, or have one minted with --user for you.',
  UnknownIssuer: trust,
  UnknownKey: trust,
  Signature: trust,
  KeyLimit: trust,
  NoRule: 'Ask somebody whom spec.breakGlass.rules of the policy names.',
  Reason: 'Mint another one with --incident and --reason as the rule wants them.',
  Scope: 'Ask for less: "solewriter policy check" shows what each rule allows.',
  Clock: 'Set the clocks of the control plane and of solewriter.',
  Credential: 'Log in with a certificate or a token of your own, without impersonation.',
}
