import { CoterieError } from "@coterie/interface";
import type { Data } from "../session.ts";

/**
 * What is sent for `data`: text as UTF-8, bytes copied, since the channel owns what it is given. Undefined is null.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function bytesOf(data: Data | null | undefined): Uint8Array | null {
  if (data === null || data === undefined) return null;
  if (typeof data === "string") return new TextEncoder().encode(data);
  // Not `slice`: a Buffer's is a view.
  if (data instanceof Uint8Array) return new Uint8Array(data);
  throw new CoterieError(
    "BAD_ARGUMENTS",
    `data is a string, bytes in a Uint8Array, or null, not ${typeof data}: JSON.stringify it, perhaps`,
  );
}

/** A byte order mark stays: what was written is what is read. */
export function textOf(data: Uint8Array | null): string {
  return data === null ? "" : new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
}
