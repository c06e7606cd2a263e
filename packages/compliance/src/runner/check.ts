import { deepStrictEqual } from "node:assert/strict";
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
  try {
    deepStrictEqual(toPlain(actual), toPlain(expected));
  } catch (error) {
    throw new ComplianceError(`${what}: ${(error as Error).message}`, error);
  }
}

/** Calls `call`, which must not throw but give a promise that rejects, and checks the `code` of the reason. */
export async function checkRejects(
  call: () => Promise<unknown>,
  codes: readonly string[],
  what: string,
): Promise<void> {
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
    if (codes.includes(code)) return;
    throw new ComplianceError(`${what}: rejected with ${code} instead of ${codes.join(" or ")}`, error);
  }
  throw new ComplianceError(`${what}: resolved with ${typeof value} instead of rejecting with ${codes.join(" or ")}`);
}

/** A class tells nothing here, and a Buffer is no better than an Uint8Array. */
function toPlain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes ${summaryOf(value)}`;
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toPlain(inner)]));
}

function summaryOf(bytes: Uint8Array): string {
  return bytes.length <= 32 ? Buffer.from(bytes).toString("hex") : createHash("sha1").update(bytes).digest("hex");
}
