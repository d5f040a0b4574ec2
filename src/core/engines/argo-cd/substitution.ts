/** `$NAME`, `${NAME}` and the special names of a shell, as Go's `os.Expand` takes them apart. */
const variable = /\$(?:\{([^}]*)\}|(\{)|([*#$@!?\-0-9]|\w+))/g

/**
 * The text with the variables of Argo CD put in: `$$` stands for a dollar, an unknown one for nothing.
 * Undefined where it takes the revision, which differs from commit to commit.
 */
export function substitute(
  text: string,
  environment: Readonly<Record<string, string>>,
): string | undefined {
  let isOfCommit = false
  const put = text.replace(variable, (_all, braced?: string, _open?: string, bare?: string) => {
    const name = braced ?? bare ?? ''
    isOfCommit ||= name.startsWith('ARGOCD_APP_REVISION')
    if (name === '$') return '$'
    return Object.hasOwn(environment, name) ? (environment[name] ?? '') : ''
  })
  return isOfCommit ? undefined : put
}

export const ofCommit =
  'takes ARGOCD_APP_REVISION, so that the objects differ at every commit: leave it out'
