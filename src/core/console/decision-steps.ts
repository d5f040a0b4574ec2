import { html, type Content, type Html } from '../html/html.ts'
import type { UseFacts } from '../breakglass/narrative-uses.ts'
import { resolutionText } from '../breakglass/narrative-uses.ts'
import { commitAddress, grantAddress, reasonAddress } from './addresses.ts'
import { checksOf } from './checks.ts'
import type { DecisionFacts } from './decision-facts.ts'
import { diffTable } from './diff-table.ts'
import { badge, facts, short, type Tone } from './parts.ts'
import { wordsOf } from './reason-words.ts'

/** One thing that was looked at on the way to an answer. */
export interface Step {
  readonly title: string
  readonly tone: Tone
  readonly body: Html
}

/** A use that was admitted by the decision. */
export interface UseOfGrant {
  readonly grant: string
  readonly use: UseFacts
}

/** The way of the decision, in the order of the decision table; what did not matter is left out. */
export function stepsOf(one: DecisionFacts, uses: readonly UseOfGrant[]): readonly Step[] {
  return [
    request(one),
    identity(one),
    scope(one),
    ...rule(one),
    ...evidence(one),
    ...provenance(one),
    ...comparison(one),
    ...uses.map((use) => grantStep(use)),
    answer(one),
    record(one),
  ]
}

function request({ op, object, version, dryRun, program, paths }: DecisionFacts): Step {
  const body = facts([
    ['Operation', html`${op}${dryRun ? html` ${badge('dry run')}` : ''}`],
    ['Object', object],
    ['Version', version],
    ['Started', program],
    ['Changed', pathList(paths)],
  ])
  return { title: 'What was asked', tone: 'plain', body }
}

function pathList(paths: readonly string[]): Content {
  if (paths.length === 0) return ''
  return html`<ul class="paths">
    ${paths.map((path) => html`<li><code>${path}</code></li>`)}
  </ul>`
}

const classes: Readonly<Record<string, string>> = {
  writer: 'a writer: the policy lets it apply what Git declares, and nothing else',
  exception: 'named by an exception: one of the policy, or the built-in ones of the control plane',
  human: 'a human: nobody that the policy names, so nothing passes without a grant',
  own: 'one of our own accounts',
}

function identity({ user, groups, groupCount, idClass, cred }: DecisionFacts): Step {
  const more = groupCount > groups.length ? ` and ${groupCount - groups.length} more` : ''
  const body = html`<p>
      <strong>${user}</strong> is ${Object.hasOwn(classes, idClass) ? classes[idClass] : idClass}.
    </p>
    ${facts([
      ['Groups', groups.length === 0 ? '' : `${groups.join(', ')}${more}`],
      ['Credential', cred],
    ])}`
  return { title: 'Who asked', tone: 'plain', body }
}

const modes: Readonly<Record<string, string>> = {
  off: 'nothing is decided there',
  audit: 'what would be denied is let through and recorded',
  warn: 'what would be denied is let through with a warning',
  enforce: 'what is denied is refused',
  sealed: 'nothing but the control plane writes there',
}

function scope({ mode, policy }: DecisionFacts): Step {
  const meaning = Object.hasOwn(modes, mode) ? `: ${modes[mode]}` : ''
  const body = html`<p>The scope is in mode <strong>${mode}</strong>${meaning}.</p>
    ${facts([['Policy', policy === '' ? '' : short(policy, 16)]])}`
  return { title: 'Where it counts', tone: 'plain', body }
}

function rule({ rule: name, reason, idClass }: DecisionFacts): readonly Step[] {
  if (name === '') return []
  const isGrant = /^bg-[0-9a-f-]{36}$/.test(name)
  const kind = isGrant
    ? 'The grant'
    : reason === 'Exception'
      ? 'The exception'
      : idClass === 'writer'
        ? 'The writer'
        : 'The rule'
  const shown = isGrant
    ? html`<a href="${grantAddress(name)}">${name}</a>`
    : html`<code>${name}</code>`
  return [{ title: 'Which rule', tone: 'plain', body: html`<p>${kind} ${shown} decided.</p>` }]
}

function evidence({ git, reason }: DecisionFacts): readonly Step[] {
  if (git === undefined) {
    if (reason !== 'EvidenceMissing') return []
    const body = html`<p>Nothing said which commit the change comes from.</p>`
    return [{ title: 'Evidence', tone: 'bad', body }]
  }
  const body = html`<p>
      By <strong>${git.evidence}</strong> the change comes from ${git.repo}@${short(git.commit)}.
    </p>
    ${facts([
      ['Repository', git.repo],
      [
        'Commit',
        html`<a href="${commitAddress(git.repo, git.commit)}"
          >${html`<code>${git.commit}</code>`}</a
        >`,
      ],
      ['Path', git.path],
    ])}`
  return [{ title: 'Evidence', tone: 'plain', body }]
}

function provenance({ git, reason }: DecisionFacts): readonly Step[] {
  if (git === undefined) return []
  const title = 'What Git shows'
  if (git.verified) {
    const body = html`<p>
      The mirror shows what was claimed: every check that the writer's level asks for holds.
    </p>`
    return [{ title, tone: 'good', body }]
  }
  const body = html`<p>The claim was not enough.</p>
    ${checkList(reason)}`
  return [{ title, tone: 'bad', body }]
}

function checkList(reason: string): Content {
  const found = checksOf(reason)
  if (found === undefined) return ''
  return html`<ul class="checks">
    ${found.passed.map((check) => html`<li>${badge('holds', 'good')} ${check}</li>`)}
    <li>${badge('fails', 'bad')} ${found.failed}</li>
  </ul>`
}

const comparing: ReadonlySet<string> = new Set(['ContentMismatch', 'VersionMismatch'])

function comparison({ paths, reason, git }: DecisionFacts): readonly Step[] {
  if (git === undefined || paths.length === 0) return []
  const isBad = comparing.has(reason)
  const told = isBad
    ? 'Of what the write changes, at least one field is not what the commit declares.'
    : 'The fields that the write changes. Their values are in no record.'
  const body = html`<p>${told}</p>
    ${pathList(paths)}`
  return [{ title: 'Comparison with Git', tone: isBad ? 'bad' : 'plain', body }]
}

function grantStep({ grant, use }: UseOfGrant): Step {
  const { n, state, resolution, unnecessary, diff, diffTruncated } = use
  const resolved = resolution === null ? 'open' : resolutionText(resolution)
  const body = html`<p>
      It is use ${n} of <a href="${grantAddress(grant)}">${grant}</a>: ${state}, ${resolved}.
      ${unnecessary ? 'Git declared the same already.' : ''}
    </p>
    ${diffTable(diff, diffTruncated)}`
  return { title: 'The grant and its use', tone: 'warn', body }
}

const answerTones = { allow: 'good', deny: 'bad', 'would-deny': 'warn' } as const
const answerWords = {
  allow: 'It was allowed',
  deny: 'It was denied',
  'would-deny': 'It would have been denied, and was let through by the mode',
} as const

function answer({ verdict, reason, latencyMs }: DecisionFacts): Step {
  const words = wordsOf(reason)
  const body = html`<p>
      ${answerWords[verdict]}, reason <a href="${reasonAddress(reason)}">${reason}</a>.
      ${words ?? 'This version does not know that reason.'}
    </p>
    ${facts([['Took', latencyMs === undefined ? '' : `${latencyMs} ms`]])}`
  return { title: 'The answer', tone: answerTones[verdict], body }
}

function record({ writer, seq, prev, pre, post, requestUid, cluster, peer }: DecisionFacts): Step {
  const digest = (text: string) => (text === '' ? '' : short(text, 16))
  const body = facts([
    ['Chain', writer],
    ['Place', seq === 0 ? '' : String(seq)],
    ['Record before', digest(prev)],
    ['Object before', digest(pre)],
    ['Object after', digest(post)],
    ['Request', requestUid],
    ['Cluster', cluster],
    ['Caller', digest(peer)],
  ])
  return { title: 'Where it is recorded', tone: 'plain', body }
}
