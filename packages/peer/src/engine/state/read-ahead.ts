/**
 * What `pieces` gives, with the next one asked for while the one before is used: a disk reads beside the event loop. Nothing is asked
 * for any more, and nothing under way, once who uses it has ended.
 */
export async function* readAhead<Piece>(pieces: AsyncGenerator<Piece, void>): AsyncGenerator<Piece, void> {
  let next = pieces.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = pieces.next();
      // It is heard of where it is waited for, or not at all.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await next.catch(() => undefined);
    await pieces.return();
  }
}
