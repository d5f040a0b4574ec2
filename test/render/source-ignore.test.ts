import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readIgnoreFiles, type IgnoreFile } from '../../src/render/source-ignore.ts'

const at = (path: string, ...lines: readonly string[]): IgnoreFile => ({
  path,
  text: lines.join('\n'),
})

describe('what source-controller leaves out of a commit', () => {
  const cases: readonly (readonly [
    title: string,
    files: readonly IgnoreFile[],
    out: readonly string[],
    kept: readonly string[],
  ])[] = [
    [
      'without an ignore file pictures, archives, and what belongs to CI and tools',
      [],
      [
        'a.png',
        'x/y.tar.gz',
        '.github/workflows/a.yaml',
        'x/.sops.yaml',
        '.git/config',
        'x/.gitignore',
      ],
      ['a.yaml', 'sops.yaml', 'github/a.yaml'],
    ],
    [
      'with one pattern anywhere only that, and what belongs to Git',
      [at('deep/.sourceignore', 'x.yaml')],
      ['deep/x.yaml', 'deep/er/x.yaml', '.gitmodules'],
      ['x.yaml', 'a.png', '.sops.yaml'],
    ],
    [
      'comments and empty lines are no patterns',
      [at('.sourceignore', '# x', '', '  ')],
      ['a.png'],
      ['x'],
    ],
    [
      'the last pattern that matches wins, in deeper folders later',
      [at('a/.sourceignore', '!keep.yaml'), at('.sourceignore', '*.yaml', '!b.yaml', 'c/b.yaml')],
      ['x.yaml', 'c/b.yaml', 'b/keep.yaml'],
      ['b.yaml', 'd/b.yaml', 'a/keep.yaml'],
    ],
    [
      'a path counts from the folder of the file, a name anywhere below',
      [at('.sourceignore', '/top.yaml', 'a/b.yaml', 'name.yaml')],
      ['top.yaml', 'a/b.yaml', 'name.yaml', 'x/name.yaml'],
      ['x/top.yaml', 'x/a/b.yaml'],
    ],
    [
      'a slash at the end means folders',
      [at('.sourceignore', 'gen/', 'x/y/')],
      ['gen/a.yaml', 'p/gen/a/b.yaml', 'x/y/z.yaml'],
      ['gen', 'x/y'],
    ],
    [
      'two stars pass over folders',
      [at('.sourceignore', '**/gen/*.yaml', 'docs/**', 'p/**/q.yaml')],
      ['a/gen/x.yaml', 'gen/x.yaml', 'docs/a/b', 'p/q.yaml', 'p/1/2/q.yaml'],
      ['gen/a/x.yaml', 'doc', 'p/q.yml'],
    ],
    [
      'patterns of names as Go reads them; a broken one matches nothing',
      [at('.sourceignore', '[ab].yaml', '[^c].yml', '\\#x', 'y[')],
      ['a.yaml', 'b.yaml', 'd.yml', '#x'],
      ['c.yaml', 'c.yml', 'y[', 'y'],
    ],
  ]
  for (const [title, files, out, kept] of cases) {
    test(title, () => {
      const isLeftOut = readIgnoreFiles(files)
      assert.deepEqual(
        [...out, ...kept].filter((path) => isLeftOut?.(path) === true),
        out,
      )
    })
  }

  test('more patterns than can be looked at for each file are refused', () => {
    assert.equal(
      readIgnoreFiles([at('.sourceignore', ...Array<string>(1001).fill('a'))]),
      undefined,
    )
    assert.equal(readIgnoreFiles([at('.sourceignore', 'a'.repeat(1001))]), undefined)
  })
})
