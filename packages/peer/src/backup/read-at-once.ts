/**
 * `source`, of which the first piece is asked for now: a stream of Node.js's that fails before somebody reads it ends the process, so
 * nobody may be kept waiting who has just made one. To be read to its end, or ended by `return`.
 */
export function readAtOnce(
  source: AsyncIterable<Uint8Array>,
): Required<Pick<Pieces, "next" | "return">> & AsyncIterable<Uint8Array> {
  const pieces: Pieces = source[Symbol.asyncIterator]();
  let first: Promise<IteratorResult<Uint8Array>> | null = pieces.next();
  // Whoever reads it hears of it; nobody may.
  first.catch(() => undefined);
  const begun = {
    [Symbol.asyncIterator]: () => begun,
    next: async () => {
      const next = first ?? pieces.next();
      first = null;
      return next;
    },
    return: async () => {
      await pieces.return?.();
      return { done: true as const, value: undefined };
    },
  };
  return begun;
}

type Pieces = AsyncIterator<Uint8Array>;
