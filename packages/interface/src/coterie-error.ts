import { ERROR_CODES, type ErrorCode } from "./error-codes.ts";

export interface CoterieErrorOptions {
  /** The znode concerned, if one is. */
  readonly path?: string;
  /** The place of the operation concerned in its transaction, from 0, if one is. */
  readonly index?: number;
  readonly cause?: unknown;
  /** Where more is known than the code says, as that the request was never sent. Default: the code's. */
  readonly outcome?: "not-applied" | "unknown";
}

/**
 * What every public call of Coterie throws or rejects with. Switch on `code`; `retryable` and, where no more is known,
 * `outcome` are copied from the registry. Inside pure code expected outcomes are values, never throws.
 */
export class CoterieError extends Error {
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly index: number | undefined;
  readonly retryable: boolean;
  readonly outcome: "not-applied" | "unknown";

  constructor(code: ErrorCode, message: string = ERROR_CODES[code].meaning, options: CoterieErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CoterieError";
    this.code = code;
    this.path = options.path;
    this.index = options.index;
    this.retryable = ERROR_CODES[code].retryable;
    this.outcome = options.outcome ?? ERROR_CODES[code].outcome;
  }
}
