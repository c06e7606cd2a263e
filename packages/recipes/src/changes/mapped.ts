/** What another reader is told, in other words; null leaves an event out. */
export function mapped<From, To>(
  source: AsyncIterableIterator<From, undefined>,
  map: (event: From) => To | null,
): AsyncIterableIterator<To, undefined> {
  return {
    async next() {
      for (;;) {
        const step = await source.next();
        if (step.done === true) return step;
        const value = map(step.value);
        if (value !== null) return { done: false, value };
      }
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
