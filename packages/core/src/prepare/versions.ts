const ANY_VERSION = -1;

/** Whether a write that expects `expected` may change what stands at `current` (semantics 2.2). */
export function isExpectedVersion(expected: number, current: number): boolean {
  return expected === ANY_VERSION || expected === current;
}

/** The version after `current`: it wraps as an int32, and skips -1, which no write could name (ZOOKEEPER-4743). */
export function nextVersion(current: number): number {
  const next = (current + 1) | 0;
  return next === ANY_VERSION ? 0 : next;
}

/** The suffix of a sequential name: 10 digits, a minus among them (semantics 2.1). */
export function sequenceSuffix(cversion: number): string {
  const digits = String(Math.abs(cversion));
  return cversion < 0 ? `-${digits.padStart(9, "0")}` : digits.padStart(10, "0");
}
