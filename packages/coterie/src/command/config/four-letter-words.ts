import { FOUR_LETTER_WORDS } from "@coterie/peer";
import type { Warning } from "./serve-config.ts";

/** ZooKeeper answers them, Coterie does not. */
const ZOOKEEPER_ALONE: readonly string[] = ["gtmk", "stmk", "hash"];

/** The words that a list names, separated by commas. */
export function splitWords(text: string): string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

/**
 * Those of `words` that can be answered, and what the operator has to know of the others.
 *
 * @throws Error for a word that nobody knows; `source` says where it stands.
 */
export function checkWords(words: readonly string[], source: string): { words: string[]; warnings: Warning[] } {
  const warnings: Warning[] = [];
  const answered = words.filter((word) => {
    if (word === "*" || FOUR_LETTER_WORDS.includes(word)) return true;
    if (!ZOOKEEPER_ALONE.includes(word)) {
      throw new Error(`${source}: ${JSON.stringify(word)} is none of the words ${FOUR_LETTER_WORDS.join(", ")}, or *`);
    }
    warnings.push(`${source}: the word ${word} is not answered`);
    return false;
  });
  return { words: answered, warnings };
}
