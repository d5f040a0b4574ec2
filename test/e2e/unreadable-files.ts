import { manifest } from './config-maps.ts'
import type { Fleet } from './fleet.ts'

interface Unreadable {
  readonly title: string
  /** Where it stands in the repository. */
  readonly name: string
  readonly entry: (fleet: Fleet) => Promise<Entry> | Entry
  /** What a claim for the object `hidden` hears. */
  readonly expected: RegExp
}

type Entry = string | Uint8Array | { readonly mode: string; readonly oid: string }

const text = manifest('hidden')
const megabyte = `#${' '.repeat(1024 * 1024 - 2)}\n`

/** Files that are there and declare nothing, though each pretends to declare `hidden`. */
export const unreadable: readonly Unreadable[] = [
  {
    title: 'a submodule',
    name: 'module',
    entry: async (fleet) => ({ mode: '160000', oid: await fleet.git(['rev-parse', 'main']) }),
    expected: /a submodule is not opened/,
  },
  {
    title: 'a symbolic link',
    name: 'link.yaml',
    entry: async (fleet) => ({
      mode: '120000',
      oid: await fleet.git(['hash-object', '-w', '--stdin'], '../../../etc/passwd'),
    }),
    expected: /a symbolic link is not followed/,
  },
  {
    title: 'a pointer of Git LFS',
    name: 'lfs.yaml',
    entry: () =>
      `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`,
    expected: /Git LFS pointer/,
  },
  {
    title: 'a file of 100 MB',
    name: 'large.yaml',
    entry: () => text + megabyte.repeat(100),
    expected: /larger than \d+ bytes/,
  },
  {
    title: 'a bomb of aliases',
    name: 'bomb.yaml',
    entry: () => {
      const levels = Array.from({ length: 40 }, (_, i) => {
        const again = Array.from({ length: 9 }, () => `*a${i}`).join(', ')
        return `a${i + 1}: &a${i + 1} [${again}]`
      })
      return `${text}a0: &a0 [b]\n${levels.join('\n')}\n`
    },
    expected: /alias|anchor/i,
  },
  {
    title: 'a map of 60,000 keys',
    name: 'wide.yaml',
    entry: () =>
      `${text}more:\n${Array.from({ length: 60_000 }, (_, i) => `  key${i}: ${i}x\n`).join('')}  key7: again\n`,
    expected: /key7|key|long|large/i,
  },
  {
    title: 'nesting of 50,000 levels',
    name: 'deep.yaml',
    entry: () => `${text}deep: ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`,
    expected: /deep|nest/i,
  },
  {
    title: 'NUL bytes',
    name: 'nul.yaml',
    entry: () => text.replace('hidden', 'hid\u0000den'),
    expected: /not read/,
  },
  {
    title: 'bytes that are no UTF-8',
    name: 'latin.yaml',
    entry: () => Buffer.from(`${text}# caf\xe9\n`, 'latin1'),
    expected: /UTF-8/,
  },
  {
    title: 'a key that is there twice',
    name: 'twice.yaml',
    entry: () => `${text}data: {value: "2"}\n`,
    expected: /twice|duplicate|already|again|more than once/i,
  },
  {
    title: 'a merge key',
    name: 'merge.yaml',
    entry: () => `${text}base: &base {a: b}\nmore: {<<: *base}\n`,
    expected: /merge|alias|anchor/i,
  },
]
