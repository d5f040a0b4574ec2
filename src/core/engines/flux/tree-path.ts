import { known, refused, shown, type Outcome } from './outcome.ts'

/**
 * A path as Flux takes it, from the root of what it fetched: `/apps`, `./apps/` and `apps` are one.
 * Flux stops `..` at the root, where few would look for it.
 */
export function treePath(text: string): Outcome<string> {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..') || /[\0\\]/.test(text)) {
    return refused(`a path that may lead elsewhere: ${shown(text)}`)
  }
  return known(parts.length === 0 ? '.' : parts.join('/'))
}

/** Both as treePath gives them. */
export function joinPaths(folder: string, path: string): string {
  if (folder === '.') return path
  return path === '.' ? folder : `${folder}/${path}`
}

export function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`)
}
