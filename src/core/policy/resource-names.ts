/**
 * Whether a row is about the resource. Rows of presets may name `*`, every main resource, and
 * `*.GROUP` or `*.GROUP/SUBRESOURCE`: the schema lets nobody write these.
 */
export function namesResource(names: readonly string[], resource: string): boolean {
  return (
    names.includes(resource) || names.some((name) => name.startsWith('*') && fits(name, resource))
  )
}

function fits(pattern: string, resource: string): boolean {
  if (pattern === '*') return !resource.includes('/')
  const [main = ''] = resource.split('.', 1)
  return !main.includes('/') && `*${resource.slice(main.length)}` === pattern
}
