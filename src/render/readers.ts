import { readManifestFile } from './file-reading.ts'
import { readKustomization, readTransformers } from './kustomization.ts'
import { readNames } from './manifest-names.ts'
import { readTemplate } from './template.ts'

/** What the parsing thread can make of bytes; `namespace` is for objects that name none. */
export const readers = {
  manifests: readManifestFile,
  kustomization: readKustomization,
  transformers: readTransformers,
  names: readNames,
  template: readTemplate,
} satisfies Record<string, (bytes: Uint8Array, namespace: string) => unknown>

export type ReaderName = keyof typeof readers
export type ReadingOf<R extends ReaderName> = ReturnType<(typeof readers)[R]>
