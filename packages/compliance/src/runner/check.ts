import { createHash } from "node:crypto";

/** A rule of the contract is broken. Its message says what was looked at. */
export class ComplianceError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ComplianceError";
  }
}

export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new ComplianceError(what);
}

/** Compares plain values, deeply. Bytes are compared as bytes, whatever class they come in. */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [textOf(actual), textOf(expected)];
  if (found !== wanted) throw new ComplianceError(`${what}: found ${shown(found)}, expected ${shown(wanted)}`);
}

/** Calls `call`, which must not throw but give a promise that rejects, checks the `code` of the reason, and gives it. */
export async function checkRejects(
  call: () => Promise<unknown>,
  codes: readonly string[],
  what: string,
): Promise<Error> {
  let promise: Promise<unknown>;
  try {
    promise = call();
  } catch (error) {
    throw new ComplianceError(`${what}: threw where it should have rejected`, error);
  }
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    const code = String((error as { code?: unknown } | null)?.code);
    if (codes.includes(code)) return error as Error;
    throw new ComplianceError(`${what}: rejected with ${code} instead of ${codes.join(" or ")}`, error);
  }
  throw new ComplianceError(`${what}: resolved with ${typeof value} instead of rejecting with ${codes.join(" or ")}`);
}

/** Calls `call`, which must throw, checks the `code` of what it throws, and gives it. */
export function checkThrows(call: () => unknown, expected: string, what: string): Error {
  try {
    call();
  } catch (error) {
    const code = String((error as { code?: unknown } | null)?.code);
    if (code === expected) return error as Error;
    throw new ComplianceError(`${what}: threw ${String(error)} instead of an error with the code ${expected}`, error);
  }
  throw new ComplianceError(`${what}: did not throw`);
}

const SHOWN_LENGTH_MAX = 2000;

function shown(text: string): string {
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)} ...`;
}

/** Equal for values that are equal: a class tells nothing here, nor does the order of keys. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return `<${value.length} bytes ${summaryOf(value)}>`;
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`;
  if (value === undefined) return "undefined";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{ ${entries
    .map(([key, inner]) => `${key}: ${textOf(inner)}`)
    .sort()
    .join(", ")} }`;
}

function summaryOf(bytes: Uint8Array): string {
  return bytes.length <= 32 ? Buffer.from(bytes).toString("hex") : createHash("sha1").update(bytes).digest("hex");
}
