import { CoterieError } from "@coterie/interface";
import { scrypt } from "node:crypto";

const SECRET_SIZE_MIN_BYTES = 16;
const SECRET_SIZE_MAX_BYTES = 1024;
const KEY_SIZE_BYTES = 32;
/** 32 MiB and some 100 ms for each guess of somebody who has recorded a handshake. */
const COST = { N: 32_768, r: 8, p: 1, maxmem: 67_108_864 };
/** Never changed: another label is another key. */
const LABEL = "coterie ensemble secret 1";

/**
 * The bytes of an ensemble's secret, if it is one.
 *
 * @throws CoterieError BAD_ARGUMENTS if it is missing, empty, shorter than 16 bytes or longer than 1,024, or if there is
 * white space at an end of it, or of bytes a line end, such as the last one of a file. The message never holds any of it.
 */
export function checkSecret(secret: string | Uint8Array): Uint8Array {
  if (typeof secret !== "string" && !(secret instanceof Uint8Array)) throw bad("is missing");
  if (typeof secret === "string" && secret.trim() !== secret) throw bad("begins or ends with white space");
  const bytes = typeof secret === "string" ? Buffer.from(secret) : Uint8Array.from(secret);
  const { length } = bytes;
  if (isLineEnd(bytes[0]) || isLineEnd(bytes[length - 1])) throw bad("begins or ends with a line end");
  if (length === 0) throw bad("is empty");
  if (length < SECRET_SIZE_MIN_BYTES) throw bad(`has ${length} bytes; it takes at least ${SECRET_SIZE_MIN_BYTES}`);
  if (length > SECRET_SIZE_MAX_BYTES) throw bad(`has ${length} bytes; at most ${SECRET_SIZE_MAX_BYTES} are taken`);
  return bytes;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}

/** The key that both ends of a connection have to hold. */
export function deriveKey(secret: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, LABEL, KEY_SIZE_BYTES, COST, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function bad(what: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", `The ensemble's secret ${what}.`);
}
