const DONE = { done: true, value: undefined } as const;

/**
 * What `begin` gives, for one reader. Its `return` ends it at once, also while a `next` waits, which is done then: a generator's own
 * would wait for that.
 */
export function endedByReturn<Value>(
  begin: (signal: AbortSignal) => AsyncGenerator<Value, void, undefined>,
  outer: AbortSignal | undefined,
): AsyncIterableIterator<Value, undefined> {
  const over = new AbortController();
  const source = begin(outer === undefined ? over.signal : AbortSignal.any([outer, over.signal]));
  return {
    async next() {
      try {
        const step = over.signal.aborted ? DONE : await source.next();
        return over.signal.aborted || step.done === true ? DONE : step;
      } catch (error) {
        if (over.signal.aborted) return DONE;
        throw error;
      }
    },
    return() {
      over.abort();
      return Promise.resolve(DONE);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
