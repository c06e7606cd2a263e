/** A rule of our own code was broken. Never caused by input; it stops the peer, not the process. */
export class AssertionError extends Error {
  readonly code = "ASSERTION" as const;

  constructor(message: string) {
    super(message);
    this.name = "AssertionError";
  }
}

/** Guards our own mistakes; stays on in production. Give a constant message where the call is hot. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
