/** An API server renews its own Lease every ten seconds: no whole log is silent for longer. */
export const longestSilence = 60_000
