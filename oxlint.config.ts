import { builtinModules } from 'node:module'
import { defineConfig } from 'oxlint'
import manifest from './package.json' with { type: 'json' }

// The import table: what each folder may import from src, which Node built-ins it may use, and
// which third-party packages have their only home there. `test/house/imports.test.ts` plants one
// violation of each kind and expects this file to find it.

type RestrictedImports = ['error', { patterns: { regex: string; message: string }[] }]
type Folder = {
  readonly src: readonly string[]
  readonly builtins: readonly string[]
  readonly packages?: readonly string[]
}

const everyday = ['path', 'url', 'events', 'timers/promises', 'perf_hooks', 'buffer', 'util']

const edges: Readonly<Record<string, Folder>> = {
  // The ground that git and render stand on.
  processes: { src: [], builtins: ['child_process', 'os', 'stream'] },
  git: {
    src: ['core', 'telemetry', 'processes'],
    builtins: ['child_process', 'fs', 'fs/promises', 'crypto', 'os', 'stream', 'readline'],
  },
  render: {
    src: ['core', 'telemetry', 'processes'],
    builtins: ['worker_threads', 'fs', 'fs/promises', 'os', 'crypto'],
  },
  kubernetes: {
    src: ['core', 'telemetry'],
    builtins: ['crypto', 'fs', 'fs/promises', 'https'],
    packages: ['@kubernetes/client-node'],
  },
  certs: {
    src: ['core', 'telemetry'],
    builtins: ['crypto', 'fs', 'fs/promises'],
    packages: ['node-forge'],
  },
  journal: {
    src: ['core', 'telemetry'],
    builtins: ['fs', 'fs/promises', 'stream', 'stream/promises', 'zlib'],
  },
  sinks: {
    src: ['core', 'telemetry'],
    builtins: ['crypto', 'fs', 'fs/promises', 'http', 'https', 'tls'],
  },
  server: {
    src: ['core', 'telemetry'],
    builtins: ['http', 'https', 'tls', 'net', 'crypto', 'worker_threads'],
    packages: ['express'],
  },
  config: { src: ['core', 'telemetry'], builtins: ['fs', 'fs/promises'] },
  telemetry: { src: ['core'], builtins: [], packages: ['pino', 'prom-client'] },
}

const edgeFolders = Object.keys(edges)

// Only cli composes. Its main.ts has `process`, and nothing else needs to import it.
const outside: Readonly<Record<string, Folder>> = {
  ...edges,
  cli: {
    src: ['core', ...edgeFolders],
    builtins: builtinModules.filter((name) => name !== 'process'),
    packages: ['commander'],
  },
}

// Inside core a folder may import itself and the folders to its left.
const coreOrder = [
  ['admission', 'manifest'],
  ['policy', 'identity', 'exceptions', 'content'],
  ['plans'],
  ['engines'],
  ['provenance', 'breakglass'],
  ['decision'],
  ['scan'],
  ['promote'],
  ['audit'],
  ['lint'],
  ['html'],
  ['report'],
  ['console'],
] as const

const coreFolders: readonly string[] = coreOrder.flat()
const packages = Object.keys(manifest.devDependencies)
const joseHome = 'src/core/breakglass/token.ts'
const yamlHomes = [
  'src/core/manifest/parse.ts',
  'src/core/policy/parse.ts',
  'src/core/promote/located.ts',
]

/** Bans what is left of `all` without `allowed`; oxlint's patterns know no look-ahead. */
function ban(prefix: string, all: readonly string[], allowed: readonly string[], message: string) {
  const names = all.filter((name) => !allowed.includes(name))
  return { regex: `^${prefix}(?:${names.join('|')})(?:/|$)`, message }
}

function imports(folders: readonly string[], up: string, rule: Folder): RestrictedImports {
  return [
    'error',
    {
      patterns: [
        ban(up, folders, rule.src, 'This folder may not import that one: see oxlint.config.ts.'),
        ban(
          'node:',
          builtinModules,
          rule.builtins,
          'This Node built-in does not belong here: see oxlint.config.ts.',
        ),
        ban(
          '',
          packages,
          rule.packages ?? [],
          'One third-party package, one home: see oxlint.config.ts.',
        ),
        ban('', builtinModules, [], 'Write node: before a Node built-in.'),
      ],
    },
  ]
}

const outsideOverrides = Object.entries(outside).map(([folder, rule]) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': imports([...edgeFolders, 'cli', 'core'], '(?:\\.\\./)+', {
      ...rule,
      src: [...rule.src, folder],
      builtins: [...everyday, ...rule.builtins],
    }),
  },
}))

function coreImports(folder: string, extra: readonly string[]) {
  const group = coreOrder.findIndex((folders) => (folders as readonly string[]).includes(folder))
  const visible = coreOrder.slice(0, group + 1).flat()
  const rule = { src: visible, builtins: ['buffer', 'crypto'], packages: extra }
  return {
    'no-restricted-imports': imports([...coreFolders, ...edgeFolders, 'cli'], '(?:\\.\\./)+', rule),
  }
}

const coreOverrides = coreFolders.map((folder) => ({
  files: [`src/core/${folder}/**/*.ts`],
  rules: coreImports(folder, folder === 'policy' ? ['zod'] : []),
}))

const yamlOverrides = yamlHomes.map((file) => {
  const folder = file.split('/')[2] ?? ''
  return {
    files: [file],
    rules: coreImports(folder, folder === 'policy' ? ['zod', 'yaml'] : ['yaml']),
  }
})

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'node', 'promise'],
  categories: { correctness: 'error' },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  // The last one runs before anything is installed, under any Node: no TypeScript, no types.
  ignorePatterns: ['node_modules', 'dist', 'test/fixtures', 'scripts/ensure-installed.mjs'],
  rules: {
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'no-console': 'error',
    complexity: ['error', 10],
    'max-depth': ['error', 3],
    'max-params': ['error', 4],
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/strict-boolean-expressions': 'error',
    'typescript/await-thenable': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/consistent-type-imports': 'error',
    eqeqeq: 'error',
    'no-eval': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
  },
  overrides: [
    ...outsideOverrides,
    ...coreOverrides,
    ...yamlOverrides,
    { files: [joseHome], rules: coreImports('breakglass', ['jose']) },
    { files: ['src/core/breakglass/objects/*.ts'], rules: coreImports('breakglass', ['zod']) },
    {
      files: ['src/cli/**/*.ts'],
      rules: {
        'no-restricted-globals': [
          'error',
          { name: 'process', message: 'only main.ts touches it: take it from Env.' },
        ],
      },
    },
    { files: ['src/cli/main.ts'], rules: { 'no-restricted-globals': 'off' } },
    {
      files: ['src/core/**/*.ts'],
      rules: {
        'no-restricted-globals': [
          'error',
          ...[
            'process',
            'Date',
            'setTimeout',
            'setInterval',
            'setImmediate',
            'fetch',
            'console',
          ].map((name) => ({ name, message: 'core is pure: pass it in as an argument.' })),
        ],
        'no-restricted-properties': [
          'error',
          {
            object: 'Math',
            property: 'random',
            message: 'core is pure: randomness is an argument.',
          },
          { object: 'crypto', property: 'randomUUID', message: 'core is pure.' },
        ],
      },
    },
    {
      files: ['test/**/*.ts', 'bench/**/*.ts', 'demo/**/*.ts', 'scripts/**/*.ts', '*.config.ts'],
      rules: {
        'no-console': 'off',
        'import/no-default-export': 'off',
        'typescript/no-non-null-assertion': 'off',
        'typescript/no-floating-promises': [
          'error',
          {
            allowForKnownSafeCalls: [
              { from: 'package', package: 'node:test', name: ['test', 'describe', 'suite'] },
            ],
          },
        ],
      },
    },
  ],
})
