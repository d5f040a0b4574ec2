import { GuardError } from '../core/errors.ts'

export interface TreeEntry {
  /** As `ls-tree` prints it: 040000, 100644, 100755, 120000 or 160000. */
  readonly mode: string
  readonly name: string
  readonly oid: string
}

const space = 0x20

/** A tree object: `mode SP name NUL id` over and over, ids in binary. */
export function parseTree(bytes: Buffer, oid: string): readonly TreeEntry[] {
  const idLength = oid.length / 2
  const entries: TreeEntry[] = []
  for (let at = 0; at < bytes.length;) {
    const modeEnd = bytes.indexOf(space, at)
    const nameEnd = bytes.indexOf(0, modeEnd + 1)
    const end = nameEnd + 1 + idLength
    if (modeEnd === -1 || nameEnd === -1 || end > bytes.length) {
      throw new GuardError('MirrorCorrupt', `tree ${oid} cannot be read`)
    }
    entries.push({
      mode: canonicalMode(bytes.toString('latin1', at, modeEnd)),
      name: bytes.toString('utf8', modeEnd + 1, nameEnd),
      oid: bytes.toString('hex', nameEnd + 1, end),
    })
    at = end
  }
  return entries
}

export function isFolder({ mode }: Pick<TreeEntry, 'mode'>): boolean {
  return mode === '040000'
}

export function isSubmodule({ mode }: Pick<TreeEntry, 'mode'>): boolean {
  return mode === '160000'
}

/** Old histories spell modes in many ways (40000, 100664); git itself reads these five. */
function canonicalMode(text: string): string {
  const mode = Number.parseInt(text, 8)
  switch (mode & 0o170000) {
    case 0o100000:
      return (mode & 0o100) === 0 ? '100644' : '100755'
    case 0o120000:
      return '120000'
    case 0o040000:
      return '040000'
    default:
      return '160000'
  }
}
