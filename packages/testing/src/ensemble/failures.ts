import { CoterieError, type ErrorCode } from "@coterie/interface";

/** Failures of one ensemble: each says how to see it again. */
export class Failures {
  readonly replay: string;

  constructor(seed: number) {
    this.replay = `replay with seed ${seed}`;
  }

  create(code: ErrorCode, message: string, cause?: unknown): CoterieError {
    return new CoterieError(code, `${message} (${this.replay})`, { cause });
  }

  /** What something gives, or its failure with the seed. */
  async told<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof CoterieError) || error.message.includes(this.replay)) throw error;
      const { outcome } = error;
      throw new CoterieError(error.code, `${error.message} (${this.replay})`, { outcome, cause: error });
    }
  }
}
