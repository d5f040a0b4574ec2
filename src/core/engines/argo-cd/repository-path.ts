/** The path from the root of the repository, '' for the root itself; undefined where it leads out of it. */
export function resolvePath(folder: string, path: string): string | undefined {
  const steps: string[] = []
  for (const step of `${path.startsWith('/') ? '' : folder}/${path}`.split('/')) {
    if (step === '..' && steps.pop() === undefined) return undefined
    if (step !== '' && step !== '.' && step !== '..') steps.push(step)
  }
  return steps.join('/')
}
