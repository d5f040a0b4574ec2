import { setFlagsFromString } from 'node:v8'

/**
 * A scan reads and drops much, and keeps little of it. V8 would let the young generation grow to some 100
 * MiB for each thread meanwhile, and the old one to twice what is kept. From now on the young one stays as
 * it is, here and in threads that are started later, and the old one is collected once it has grown by a
 * quarter. Flags of the command line that say how large they may become still hold.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--heap-growing-percent=25')
}
