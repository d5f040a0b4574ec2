/** Controls, bidi and other invisible marks, line separators, half surrogate pairs. */
const hostile = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu
/** Nearly every text. */
const plain = /^[ -~]*$/

/** What does not print, or turns around what stands beside it, as `\uXXXX`. */
export function visible(text: string): string {
  return plain.test(text) ? text : text.replace(hostile, escapeUnits)
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')
}
