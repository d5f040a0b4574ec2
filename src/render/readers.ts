import { readManifestFile } from './file-reading.ts'
import { readKustomization, readTransformers } from './kustomization.ts'
import { readNames } from './manifest-names.ts'
import { rewriteKustomization } from './rewriting.ts'
import { readSops } from './sops.ts'
import { readTemplate } from './template.ts'

/** What the parsing thread can make of bytes; most readers take no options. */
export const readers = {
  manifests: readManifestFile,
  kustomization: readKustomization,
  transformers: readTransformers,
  names: readNames,
  sops: readSops,
  template: readTemplate,
  rewritten: rewriteKustomization,
} satisfies Record<string, (bytes: Uint8Array, options: never) => unknown>

type Readers = typeof readers

export type ReaderName = keyof Readers
export type ReadingOf<R extends ReaderName> = ReturnType<Readers[R]>
export type OptionsOf<R extends ReaderName> = Parameters<Readers[R]>[1]
