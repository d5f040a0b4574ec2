import { generateKeyPairSync } from 'node:crypto'
import { head } from './policies.ts'

/** Break-glass begins in line 6. */
export function breakGlass(text: string): string {
  return `${head}  breakGlass:\n${text}`
}

export function issuer(more: string): string {
  return breakGlass(`    issuers: [{name: a, issuer: "https://a.example", ${more}}]\n`)
}

export function rule(more: string, subjects = '{groups: [sre]}'): string {
  return breakGlass(`    rules: [{subjects: ${subjects}, ${more}}]\n`)
}

export function sink(text: string): string {
  return breakGlass(`    sinks: [{name: a, ${text}}]\n`)
}

export function key(change: Readonly<Record<string, unknown>> = {}): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid: 'k', ...change })
}

export const max = (row: string) => rule(`maxScope: [${row}]`)
export const row = (more: string) => max(`{resources: [pods], operations: [DELETE], ${more}}`)
