const LABEL_LENGTH_MAX = 80;

/**
 * How a target ended, for the counts of a run: begins with "refused: " or "accepted: ". What differs from input to input, numbers and
 * what is quoted, is left out, so that there are few of them, and each new one is worth keeping its input.
 */
export type Outcome = `refused: ${string}` | `accepted: ${string}`;

export function refused(why: string): Outcome {
  return `refused: ${plain(why)}`;
}

/** `what` is a shape and no value: a kind, say, or how much was read to the power of two. */
export function accepted(what: string): Outcome {
  return `accepted: ${what}`;
}

/** The power of two that a count lies below. */
export function sizeClass(count: number): string {
  return `<${2 ** Math.ceil(Math.log2(count + 1))}`;
}

function plain(text: string): string {
  return (
    text
      .slice(0, 16 * LABEL_LENGTH_MAX)
      // What is quoted may hold quotes itself.
      .replace(/".*"/s, '""')
      .replaceAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g, "0")
      .replaceAll(/[^ -~]+/g, "?")
      .slice(0, LABEL_LENGTH_MAX)
  );
}
