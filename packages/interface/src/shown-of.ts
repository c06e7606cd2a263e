const TEXT_SHOWN_SIZE_MAX = 300;

/** A value that came from outside, for a message: short, whatever it is, and text with its quotes. */
export function shownOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, TEXT_SHOWN_SIZE_MAX));
  if (typeof value === "number" || typeof value === "boolean" || value === undefined || value === null) {
    return String(value);
  }
  if (Array.isArray(value)) return "an array";
  return typeof value === "function" ? "a function" : `a value of type ${typeof value}`;
}
