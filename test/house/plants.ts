/** A file that one rule has to find something in. */
export interface Plant {
  readonly title: string
  /** Below src. */
  readonly file: string
  readonly text: string
  readonly rule: string
  /** Part of what the rule says, where it has several things to say. */
  readonly hint?: string
}

const folder = 'may not import that one'
const builtin = 'does not belong here'
const home = 'one home'

/** [title, file, text, hint] for no-restricted-imports. */
const imports: readonly (readonly [string, string, string, string])[] = [
  ['an edge imports another edge', 'git/a.ts', "import '../server/x.ts'", folder],
  ['an edge imports the type of another edge', 'git/b.ts', typeOf('../server/x.ts'), folder],
  ['an edge re-exports another edge', 'git/c.ts', "export * from '../server/x.ts'", folder],
  ['an edge imports another edge later', 'git/d.ts', "void import('../server/x.ts')", folder],
  ['an edge imports another from below', 'git/e/f.ts', "import '../../server/x.ts'", folder],
  ['sinks import another edge', 'sinks/a.ts', "import '../kubernetes/x.ts'", folder],
  ['sinks start processes', 'sinks/b.ts', "import 'node:child_process'", builtin],
  ['an edge imports cli', 'server/a.ts', "import '../cli/x.ts'", folder],
  ['telemetry imports an edge', 'telemetry/a.ts', "import '../config/x.ts'", folder],
  ['core imports an edge', 'core/policy/a.ts', "import '../../git/x.ts'", folder],
  ['core imports telemetry', 'core/policy/b.ts', "import '../../telemetry/x.ts'", folder],
  ['core imports cli', 'core/audit/a.ts', "import '../../cli/x.ts'", folder],
  ['manifest imports policy', 'core/manifest/a.ts', "import '../policy/x.ts'", folder],
  ['policy imports provenance', 'core/policy/c.ts', "import '../provenance/x.ts'", folder],
  ['provenance imports decision', 'core/provenance/a.ts', "import '../decision/x.ts'", folder],
  ['decision imports audit', 'core/decision/a.ts', "import '../audit/x.ts'", folder],
  ['core reads files', 'core/manifest/b.ts', "import 'node:fs/promises'", builtin],
  ['core opens connections', 'core/decision/b.ts', "import 'node:net'", builtin],
  ['core imports process', 'core/audit/b.ts', "import 'node:process'", builtin],
  ['render starts processes itself', 'render/b.ts', "import 'node:child_process'", builtin],
  ['processes import an edge', 'processes/a.ts', "import '../git/x.ts'", folder],
  ['server starts processes', 'server/b.ts', "import 'node:child_process'", builtin],
  ['render opens connections', 'render/a.ts', "import 'node:https'", builtin],
  ['telemetry reads files', 'telemetry/b.ts', "import 'node:fs'", builtin],
  ['cli imports process', 'cli/a.ts', "import 'node:process'", builtin],
  ['a built-in without node:', 'config/a.ts', "import 'fs'", 'Write node:'],
  ['git uses express', 'git/g.ts', "import 'express'", home],
  ['server uses client-node', 'server/c.ts', "import '@kubernetes/client-node'", home],
  ['kubernetes uses node-forge', 'kubernetes/a.ts', "import 'node-forge'", home],
  ['server uses pino', 'server/d.ts', "import 'pino'", home],
  ['config uses yaml', 'config/b.ts', "import 'yaml'", home],
  ['cli uses express', 'cli/b.ts', "import 'express'", home],
  ['an edge uses commander', 'journal/a.ts', "import 'commander'", home],
  ['core uses commander', 'core/policy/d.ts', "import 'commander'", home],
  ['decision uses zod', 'core/decision/c.ts', "import 'zod'", home],
  ['policy uses yaml outside its parser', 'core/policy/e.ts', "import 'yaml'", home],
  ['breakglass imports decision', 'core/breakglass/a.ts', "import '../decision/x.ts'", folder],
  ['jose outside of its home', 'core/breakglass/b.ts', "import 'jose'", home],
  ['a part of a package', 'core/policy/f.ts', "import 'yaml/util'", home],
]

/** What core must be given rather than take. */
const impure = [
  'process.pid',
  'Date.now()',
  'fetch("")',
  'console.table',
  'setTimeout',
  'setImmediate',
]

const nested = 'if (a) { if (a) { if (a) { if (a) { b() } } } }'
const branches = Array.from({ length: 11 }, (_, i) => `if (a === ${i}) return ${i}`).join('\n')

/** [rule, text] wherever the file is. */
const everywhere: readonly (readonly [string, string])[] = [
  ['import(no-default-export)', 'export default 1'],
  ['eslint(no-console)', 'console.log(1)'],
  ['eslint(complexity)', `export function f(a: number): number {\n${branches}\nreturn -1 }`],
  ['eslint(max-depth)', `export function f(a: boolean, b: () => void): void { ${nested} }`],
  ['eslint(max-params)', 'export const f = (a: 1, b: 2, c: 3, d: 4, e: 5) => [a, b, c, d, e]'],
  [
    'eslint(max-lines)',
    Array.from({ length: 301 }, (_, i) => `export const a${i} = ${i}`).join('\n'),
  ],
  ['typescript(no-explicit-any)', 'export const f = (a: any): void => void a'],
  ['typescript(no-non-null-assertion)', 'export const f = (a?: string): string => a!'],
  ['typescript(no-floating-promises)', 'export const f = (a: Promise<void>): void => { a }'],
  [
    'typescript(no-misused-promises)',
    'export const f = (a: string[], b: () => Promise<void>): void => { a.forEach(b) }',
  ],
  [
    'typescript(switch-exhaustiveness-check)',
    'export function f(a: 1 | 2): void { switch (a) { case 1: return } }',
  ],
  ['typescript(no-unsafe-argument)', 'parseInt(JSON.parse(""))'],
  ['typescript(no-unsafe-assignment)', 'export const a: string = JSON.parse("")'],
  ['typescript(no-unsafe-call)', 'JSON.parse("")()'],
  ['typescript(no-unsafe-member-access)', 'void JSON.parse("").a'],
  ['typescript(no-unsafe-return)', 'export const f = () => JSON.parse("")'],
  ['typescript(strict-boolean-expressions)', 'export const f = (a?: string) => (a ? 1 : 2)'],
  ['typescript(await-thenable)', 'export const f = async () => { await 1 }'],
  ['typescript(only-throw-error)', 'export const f = (): void => { throw "x" }'],
  [
    'typescript(consistent-type-imports)',
    "import { Readable } from 'node:stream'\nexport type A = Readable",
  ],
  ['eslint(eqeqeq)', 'export const f = (a: number) => a == 1'],
  ['eslint(no-eval)', 'eval("1")'],
  ['eslint(no-var)', 'var a = 1\nexport { a }'],
  ['eslint(prefer-const)', 'let a = 1\nexport { a }'],
]

export const plants: readonly Plant[] = [
  ...imports.map(([title, file, text, hint]) => ({
    title,
    file,
    text,
    rule: 'eslint(no-restricted-imports)',
    hint,
  })),
  ...impure.map((text, i) => ({
    title: `core takes ${text}`,
    file: `core/content/${i}.ts`,
    text: `export const a = ${text}`,
    rule: 'eslint(no-restricted-globals)',
    hint: 'core is pure',
  })),
  ...['Math.random()', 'crypto.randomUUID()'].map((text, i) => ({
    title: `core takes ${text}`,
    file: `core/exceptions/${i}.ts`,
    text: `export const a = ${text}`,
    rule: 'eslint(no-restricted-properties)',
    hint: 'core is pure',
  })),
  {
    title: 'a command takes process',
    file: 'cli/commands/a.ts',
    text: 'export const a = process.argv',
    rule: 'eslint(no-restricted-globals)',
    hint: 'only main.ts',
  },
  ...['a', 'b'].map((name) => ({
    title: `a cycle, seen from ${name}`,
    file: `render/cycle/${name}.ts`,
    text: `import { ${name === 'a' ? 'b' : 'a'} } from './${name === 'a' ? 'b' : 'a'}.ts'
export const ${name} = (): unknown => ${name === 'a' ? 'b' : 'a'}`,
    rule: 'import(no-cycle)',
  })),
  ...everywhere.map(([rule, text]) => ({
    title: rule,
    file: `git/rules/${rule.replace(/.*\(|\)/g, '')}.ts`,
    text,
    rule,
  })),
]

/** What the same rules must leave alone. */
export const allowed: Readonly<Record<string, string>> = {
  'core/errors.ts': 'export const a = 1',
  'core/manifest/parse.ts':
    "import { a } from '../errors.ts'\nimport { parse } from 'yaml'\nexport { a, parse }",
  'core/policy/schema.ts': "import { z } from 'zod'\nexport { z }",
  'core/policy/parse.ts':
    "import { parse } from 'yaml'\nimport { z } from 'zod'\nexport { parse, z }",
  'core/decision/ok.ts':
    "import { createHash } from 'node:crypto'\nimport { z } from '../policy/schema.ts'\nexport { createHash, z }",
  'core/breakglass/token.ts':
    "import { compactVerify } from 'jose'\nimport { z } from '../policy/schema.ts'\nexport { compactVerify, z }",
  'git/ok.ts':
    "import { spawn } from 'node:child_process'\nimport { a } from '../core/errors.ts'\nimport { log } from '../telemetry/ok.ts'\nexport { a, log, spawn }",
  'telemetry/ok.ts': "import { pino as log } from 'pino'\nexport { log }",
  'server/ok.ts':
    "import express from 'express'\nimport { createServer } from 'node:https'\nexport { createServer, express }",
  'kubernetes/ok.ts': "import { KubeConfig } from '@kubernetes/client-node'\nexport { KubeConfig }",
  'sinks/ok.ts':
    "import { request } from 'node:https'\nimport { a } from '../core/errors.ts'\nexport { a, request }",
  'certs/ok.ts': "import forge from 'node-forge'\nexport { forge }",
  'cli/ok.ts':
    "import { Command } from 'commander'\nimport { spawn } from '../git/ok.ts'\nimport { express } from '../server/ok.ts'\nexport { Command, express, spawn }",
  'cli/main.ts': 'process.exitCode = 1',
}

function typeOf(module: string): string {
  return `import type { x } from '${module}'\nexport type { x }`
}
