import type { Fleet } from './fleet.ts'
import type { Stage } from './stage.ts'
import { Surprise } from './surprise.ts'
import type { Narrator } from './terminal.ts'

interface Theatre {
  readonly stage: Stage
  readonly fleet: Fleet
  readonly narrator: Narrator
}

const issuer = 'https://breakglass.example.com'
const scale = 'kubectl scale deployment web -n shop --replicas=5'
const apply =
  'kubectl annotate --local -f fleet/shop/web.yaml -o yaml solewriter.dev/repo=fleet \\\n' +
  '      solewriter.dev/commit=$(git -C fleet rev-parse main) \\\n' +
  '      | kubectl apply --server-side --force-conflicts -f -'

/** The night on which Git is too slow, and the morning after. */
export async function breakGlass({ stage, fleet, narrator }: Theatre): Promise<void> {
  narrator.title('6  An incident')
  if (!stage.isLive) {
    narrator.say(
      'Break-glass takes a cluster that keeps the grant: the demo without --recorded shows it.',
    )
    return
  }
  await prepare({ stage, narrator })
  const grant = await getThrough({ stage, narrator })
  await catchUp(grant, { stage, fleet, narrator })
}

async function prepare({ stage, narrator }: Omit<Theatre, 'fleet'>): Promise<void> {
  narrator.say(
    'Made beforehand: a key for whoever is on call, and what may be done with it. The policy is read again while all goes on.',
  )
  await stage.type({
    who: 'alice',
    command: 'solewriter breakglass keygen --out oncall',
    expected: 'a key that signs tokens, and its public half',
    isAsExpected: (_, code) => code === 0,
  })
  await stage.type({
    who: 'you',
    command: `cat >> policy.yaml <<END
  breakGlass:
    issuers:
      - name: oncall
        issuer: ${issuer}
        jwksFile: $PWD/oncall/jwks.json
    rules: [{ subjects: { users: [alice] }, maxSession: 30m }]
END`,
    expected: 'alice may, for half an hour at a time',
    isAsExpected: (_, code) => code === 0,
  })
}

async function getThrough({ stage, narrator }: Omit<Theatre, 'fleet'>): Promise<string> {
  narrator.say('At three in the morning two replicas are too few, and nobody is there to review.')
  await stage.look({
    who: 'alice',
    command: scale,
    expected: 'refused, with the way to get through',
    isAsExpected: (output) => output.includes('kubectl breakglass request'),
  })
  const shown = await stage.type({
    who: 'alice',
    command: `kubectl breakglass request --preset scale -n shop deployment/web \\
      --incident INC-42 --reason "5xx storm, two replicas are too few" \\
      --key oncall/key.pem --issuer ${issuer}`,
    expected: 'a grant for exactly this, which ends by itself',
    isAsExpected: (output, code) => code === 0 && /^phase +Active/m.test(output),
  })
  const grant = /\bbg-[\w-]+/.exec(shown)?.[0]
  if (grant === undefined) throw new Surprise('kubectl breakglass request', 'a grant', 'no name')
  await stage.type({
    who: 'alice',
    command: scale,
    expected: 'admitted, and said so: BreakGlass',
    isAsExpected: (output, code) => code === 0 && output.includes(`BREAK-GLASS ${grant} use 1/`),
  })
  await stage.type({
    who: 'alice',
    command: 'kubectl delete deployment web -n shop',
    expected: 'refused: GrantOutOfScope',
    isAsExpected: (output, code) => code === 1 && output.includes('[GrantOutOfScope]'),
  })
  return grant
}

async function catchUp(grant: string, { stage, fleet, narrator }: Theatre): Promise<void> {
  await stage.type({
    who: 'alice',
    command: `kubectl breakglass end ${grant}`,
    expected: 'over, and good for nothing any more',
    isAsExpected: (_, code) => code === 0,
  })
  const show = `solewriter postmortem show ${grant.replace('bg-', 'pm-')}`
  await stage.look({
    intro:
      'Git says 2, the cluster 5. A post-mortem is open, with all that was done, until they agree:',
    who: 'alice',
    command: show,
    expected: 'open, with the use in it',
    isAsExpected: (output) => output.includes('INC-42') && output.includes('Committed'),
  })
  narrator.say('The change becomes a commit, in the file that declares it, for others to look at:')
  await stage.type({
    who: 'alice',
    command: `kubectl breakglass promote ${grant} \\
      --policy policy.yaml --repo fleet=fleet`,
    expected: 'pushed to a branch',
    isAsExpected: (_, code) => code === 0,
  })
  await fleet.merge(`break-glass/${grant}`)
  narrator.say('The pipeline applies it as any other:')
  await stage.type({
    who: 'ci',
    command: apply,
    expected: 'admitted',
    isAsExpected: (_, code) => code === 0,
  })
  await stage.look({
    intro: 'Git has caught up, and the post-mortem knows by which commit:',
    who: 'alice',
    command: show,
    expected: 'resolved: Promoted',
    isAsExpected: (output) => /^phase +Resolved/m.test(output) && output.includes('Promoted by'),
  })
}
