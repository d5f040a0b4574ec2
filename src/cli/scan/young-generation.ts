import { setFlagsFromString } from 'node:v8'

/**
 * V8 lets the young generation grow to some 100 MiB for each thread while much is read and dropped, which
 * is what a scan does: more than all that it keeps. From now on it stays as it is, here and in the threads
 * that are started later; collections are more frequent and smaller, and take no longer. Flags of the
 * command line that say how large it may become still hold.
 */
export function keepYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=25')
}
