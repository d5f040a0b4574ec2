// What a commit on a branch that counts says of a grant, in the last paragraph of its message.

/** `bg-...`, or one use of it, `bg-... use 2`: automation is not kept from undoing it any more. */
export const resolvesTrailer = 'Break-Glass-Resolves'

/** `bg-... use 2: why it is to stay as it is`. */
export const waiverTrailer = 'Break-Glass-Waives'
