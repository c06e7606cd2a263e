import { CoterieError, type ErrorCode } from "../../packages/interface/src/index.ts";
import { type Outcome, refused } from "./outcome.ts";

/** What `decode` gives, or the outcome if it refuses with one of `codes`. Throws what else it throws, which the fuzzer reports as a crash. */
export function decodedOrRefused<Value extends object>(
  codes: ErrorCode | readonly ErrorCode[],
  decode: () => Value,
): Value | Outcome {
  try {
    return decode();
  } catch (error) {
    if (error instanceof CoterieError && (codes === error.code || codes.includes(error.code)))
      return refused(error.message);
    throw error;
  }
}
