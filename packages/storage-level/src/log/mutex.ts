/** One after the other, in the order of the calls. */
export class Mutex {
  private tail: Promise<unknown> = Promise.resolve();

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.tail;
    const mine = (async () => {
      await before;
      return work();
    })();
    this.tail = mine.catch(() => undefined);
    return mine;
  }
}
