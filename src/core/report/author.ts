/** Who made a commit, as the commit says: nobody proves it. */
export type Author =
  | { readonly kind: 'claimed'; readonly name: string; readonly email: string }
  | { readonly kind: 'unknown'; readonly why: UnknownAuthor }

type UnknownAuthor =
  /** No directory was given for its repository. */
  | 'no repository given'
  /** The directory has no such commit. */
  | 'commit not there'
  /** The commit cannot be read, or says nothing that could be read. */
  | 'commit unreadable'

/** `Ann Author <ann@example.com>`; `unknown: ...` where nobody could look. */
export function authorText(author: Author): string {
  if (author.kind === 'unknown') return `unknown: ${author.why}`
  return author.email === '' ? author.name : `${author.name} <${author.email}>`
}

/** Of the bytes of a commit object, as text. */
export function authorIn(commit: string): Author {
  const header = commit.slice(0, commit.indexOf('\n\n') + 1 || undefined)
  const [, name = '', email = ''] = /^author ([^\n]*?) ?<([^\n>]*)> /m.exec(header) ?? []
  if (name === '' && email === '') return { kind: 'unknown', why: 'commit unreadable' }
  return { kind: 'claimed', name, email }
}
