import { canonicalJson } from '../core/manifest/canonical.ts'
import type { Sink } from '../core/breakglass/outbox/sink.ts'
import { outcomeOf, refusals } from './outcome.ts'
import { post } from './post.ts'
import { readAuthorities, revisionOf } from './secret-file.ts'
import type { SinkEntry } from './sink-entry.ts'

/** CloudEvents 1.0 over HTTP, structured. Receivers know what they had by `source` and `id`. */
export function cloudEventsSink(
  entry: SinkEntry & { readonly url: string; readonly caFile?: string },
  now: () => number,
): Sink {
  const { name, mandatory, url, caFile } = entry
  return {
    name,
    isMandatory: mandatory,
    wants: () => true,
    revision: () => revisionOf(entry, caFile === undefined ? [] : [caFile]),
    async deliver({ event }, signal) {
      const ca = caFile === undefined ? undefined : await readAuthorities(caFile)
      const posted = await post({
        url: new URL(url),
        type: 'application/cloudevents+json; charset=utf-8',
        body: canonicalJson(event),
        ...(ca !== undefined && { ca }),
        signal,
      })
      return outcomeOf(posted, { isRefusal: (status) => refusals.has(status), now: now() })
    },
  }
}
