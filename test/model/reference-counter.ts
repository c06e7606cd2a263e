/** An int32 plus one, wrapping at 2^31-1 (semantics 2.1, 2.2). */
export function incrementInt32(value: number): number {
  return (value + 1) | 0;
}

/** The version after `current` (semantics 2.2): a plain int32 increment that skips -1, which would match any. */
export function nextVersion(current: number): number {
  const next = incrementInt32(current);
  return next === -1 ? 0 : next;
}

/** Semantics 2.2: -1 matches any version. */
export function versionMatches(current: number, expected: number): boolean {
  return expected === -1 || expected === current;
}

/** The stored cversion as ten characters, zero padded; the sign of a negative one counts as a character (2.1). */
export function sequenceSuffix(cversion: number): string {
  return cversion < 0 ? `-${String(-cversion).padStart(9, "0")}` : String(cversion).padStart(10, "0");
}

/** The cversion that clients see (semantics 2.1): creates plus deletes. */
export function shownCversion(stored: number, numChildren: number): number {
  return (2 * stored - numChildren) | 0;
}
