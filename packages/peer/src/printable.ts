/** Control characters, ends of lines of every kind, and what turns the direction of text: in a log they could forge lines. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** `text` on one line, with nothing in it that a terminal or a reader of lines would obey. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
