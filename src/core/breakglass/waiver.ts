import type { Ground } from '../provenance/proof.ts'
import type { Repository, Tip } from '../provenance/repository.ts'
import type { Head } from './resolution.ts'
import type { TrackedUse } from './tracked-use.ts'
import { waiverTrailer } from './trailers.ts'

const shape = /^(bg-[0-9a-f-]{36}) use ([1-9]\d{0,3}): \S/

/** Whether the value of a trailer says that a use is to be let be, and why. */
export function isWaiverOf(value: string, { grant, n }: Pick<TrackedUse, 'grant' | 'n'>): boolean {
  const [, name, number] = shape.exec(value) ?? []
  return name === grant && Number(number) === n
}

/**
 * The head of a branch that counts to which somebody has brought a waiver of this use since: what was
 * there at the time of the use waives nothing.
 */
export async function findWaiver(
  use: TrackedUse,
  { policy, repositories }: Pick<Ground, 'policy' | 'repositories'>,
): Promise<Head | undefined> {
  for (const { name } of policy.spec.repositories) {
    const mirror = repositories.get(name)
    for (const tip of mirror?.tips() ?? []) {
      if (mirror !== undefined && (await isWaivedBy(tip, use, mirror))) {
        return { repository: name, commit: tip.commit }
      }
    }
  }
  return undefined
}

async function isWaivedBy(
  { branch, commit }: Tip,
  use: TrackedUse,
  mirror: Repository,
): Promise<boolean> {
  const place = { repository: mirror.name, branch }
  const since = headThen(use, place, mirror.previousTips(branch))
  if (since === undefined || since === commit) return false
  const values = await mirror.trailers(waiverTrailer, { since, until: commit })
  return values.some((value) => isWaiverOf(value, use))
}

/** As the use has it, or, where the replica that stored it did not know, as we do. */
function headThen(
  { tips, time }: TrackedUse,
  { repository, branch }: { readonly repository: string } & Pick<Tip, 'branch'>,
  previous: readonly { readonly commit: string; readonly until: number }[],
): string | undefined {
  const known = tips.find((tip) => tip.repository === repository && tip.branch === branch)
  if (known !== undefined) return known.commit
  return previous
    .filter(({ until }) => until >= time)
    .toSorted((a, b) => a.until - b.until)
    .at(0)?.commit
}
