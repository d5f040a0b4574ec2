import type { HelmOptions, Plan } from '../core/plans/plan.ts'
import { join } from './commit-tree.ts'
import type { Inputs } from './rendered.ts'
import type { Scratch } from './scratch-tree.ts'
import { treePath } from './source-index.ts'

/** `helm template`, with what the plan says on the command line of helm. */
export function argumentsOf(
  { path, namespace, helm }: Plan,
  { tree, home }: Scratch,
  { files, written, options: asked }: Inputs,
): readonly string[] {
  const options = helm ?? defaults
  const own = written.flatMap((one) => (one.in === 'home' ? [`${home}/${one.path}`] : []))
  const present = options.valuesFiles.filter((file) =>
    files.some((one) => one.path === treePath(file)),
  )
  return [
    ['template', options.releaseName, pathIn(tree, path)],
    [`--namespace=${options.namespace ?? namespace}`],
    // A schema may name others by URL, and whether values are as they should be is not asked here.
    ['--skip-schema-validation', options.includeCRDs ? '--include-crds' : '--skip-crds'],
    options.skipsTests === true ? ['--skip-tests'] : [],
    [...present.map((file) => pathIn(tree, file)), ...own].map((file) => `--values=${file}`),
    parametersOf(options, tree),
    options.kubeVersion === undefined ? [] : [`--kube-version=${options.kubeVersion}`],
    options.apiVersions.map((version) => `--api-versions=${version}`),
    asked,
  ].flat()
}

/** Charts that it depends on, packed as a part of it. */
export function packingOf(
  { path }: Plan,
  { tree }: Scratch,
  { localCharts }: Inputs,
): readonly (readonly string[])[] {
  const inside = join(pathIn(tree, path), 'charts')
  return localCharts.map(({ folder }) => [
    'package',
    pathIn(tree, folder),
    `--destination=${inside}`,
  ])
}

const defaults: HelmOptions = {
  releaseName: '',
  valuesFiles: [],
  includeCRDs: true,
  apiVersions: [],
}

function parametersOf(
  { parameters = [], files = [] }: HelmOptions,
  tree: string,
): readonly string[] {
  const texts = parameters.map(({ name, value, isString }) => {
    return `--set${isString ? '-string' : ''}=${name}=${value}`
  })
  return [...texts, ...files.map(({ name, path }) => `--set-file=${name}=${pathIn(tree, path)}`)]
}

function pathIn(tree: string, path: string): string {
  const inTree = treePath(path)
  return inTree === '' ? tree : join(tree, inTree)
}
