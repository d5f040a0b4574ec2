/** `[scheme:]name[:port]` of a proxied Pod, Service or Node, as the API server takes it apart: its name. */
export function proxiedName(name: string): string {
  const parts = name.split(':')
  return (parts.length === 3 ? parts[1] : parts[0]) ?? ''
}
