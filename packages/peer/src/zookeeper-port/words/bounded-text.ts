/**
 * Characters of what one word is answered, about: what there is more is left out, and a last line says so. Who may ask for words that
 * tell of every watch and every ephemeral must not be able to fill a peer's memory with them (CVE-2017-5637).
 */
export const WORD_ANSWER_LENGTH_MAX: number = 4 * 2 ** 20;

const CUT = `... cut off at ${WORD_ANSWER_LENGTH_MAX} characters\n`;

/** As many of the pieces as an answer holds. */
export function boundedText(pieces: Iterable<string>): string {
  let text = "";
  for (const piece of pieces) {
    if (text.length + piece.length > WORD_ANSWER_LENGTH_MAX) return text + CUT;
    text += piece;
  }
  return text;
}
