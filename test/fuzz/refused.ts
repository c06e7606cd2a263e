import { CoterieError, type ErrorCode } from "../../packages/interface/src/index.ts";

/** What `decode` gives; null if it refuses with `code`. Throws what else it throws, which the fuzzer reports as a crash. */
export function decodedOrRefused<Value>(code: ErrorCode, decode: () => Value): Value | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof CoterieError && error.code === code) return null;
    throw error;
  }
}
