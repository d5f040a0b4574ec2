import { z } from 'zod'
import { didYouMean } from './did-you-mean.ts'
import { engineKinds } from './engine-kinds.ts'
import { namespace, objectName, text } from './leaves.ts'

const resources = engineKinds.map(({ resource }) => resource)

const engineResource = text((value) =>
  resources.includes(value)
    ? undefined
    : `is no object of an engine${didYouMean(value, resources) || `; those are ${resources.join(', ')}`}`,
)

export const rootSchema = z.strictObject({
  resource: engineResource.describe(
    'which kind, such as `kustomizations.kustomize.toolkit.fluxcd.io`',
  ),
  namespace: namespace.describe('its exact namespace'),
  name: objectName.describe('its exact name'),
  digest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 digits')
    .exactOptional()
    .describe(
      'of its spec, as `solewriter policy pin` prints it: with any other spec it does not count. Without it, by name alone',
    ),
})
