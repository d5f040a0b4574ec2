/** The API server cuts to 58 and adds five of these. */
const byServer = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/
/** Argo CD names its hooks before it sends them: revision, phase, and when the sync started. */
const byArgoCd =
  /^[0-9a-f]{0,7}-(?:presync|sync|postsync|syncfail|skip|predelete|postdelete)-\d{10}$/
const longestStart = 58

/** Whether a name is made from that generateName. One that the sender has chosen is not made so. */
export function isGeneratedName(name: string, generateName: string): boolean {
  const start = generateName.slice(0, longestStart)
  if (generateName === '' || !name.startsWith(start)) return false
  const isByArgoCd = name.startsWith(generateName) && byArgoCd.test(name.slice(generateName.length))
  return isByArgoCd || byServer.test(name.slice(start.length))
}
