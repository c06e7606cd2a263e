// A database in one file: each batch is a record at its end, and all of it is read when it is opened. Small, atomic and
// durable; for data that fits into memory, since nothing ever makes the file shorter.
import { AbstractIterator, AbstractLevel } from "abstract-level";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { lock } from "./lock.mjs";

const HEADER_BYTES = 8;
const EXTRA_BYTES_PER_CHANGE = 9;

/** @typedef {readonly [key: Buffer, value: Buffer]} Pair */
/** @typedef {{ type: "put" | "del", key: Uint8Array, value?: Uint8Array }} Change */

/** @extends {AbstractLevel<string | Buffer | Uint8Array, Uint8Array, Uint8Array>} */
export class JournalLevel extends AbstractLevel {
  #path;
  /** @type {import("node:fs/promises").FileHandle | null} */
  #file = null;
  #sizeBytes = 0;
  /** Whether the file may hold more than that: half a batch, of a crash or of a write that failed. */
  #isTailDirty = false;
  /** @type {(() => Promise<void>) | null} */
  #unlock = null;
  /**
   * Sorted, and replaced as a whole by each batch: whoever holds it has a snapshot.
   * @type {readonly Pair[]}
   */
  #pairs = [];
  #queue = Promise.resolve();

  /** @param {string} path */
  constructor(path) {
    const encodings = { keyEncoding: "view", valueEncoding: "view" };
    super({ encodings: { view: true }, implicitSnapshots: true, permanence: true, createIfMissing: true }, encodings);
    this.#path = path;
  }

  /** @param {{ createIfMissing?: boolean }} options */
  async _open({ createIfMissing = true }) {
    this.#unlock = await lock(`${this.#path}.lock`);
    try {
      this.#file = await openFile(this.#path, createIfMissing);
      await this.#load(this.#file);
    } catch (error) {
      await this._close();
      throw error;
    }
  }

  async _close() {
    await this.#queue;
    await this.#file?.close();
    this.#file = null;
    await this.#unlock?.();
    this.#unlock = null;
  }

  /** @param {Uint8Array} key */
  async _get(key) {
    const at = indexOf(this.#pairs, key);
    const pair = this.#pairs[at];
    return pair !== undefined && Buffer.compare(pair[0], key) === 0 ? pair[1] : undefined;
  }

  /** @param {Uint8Array} key @param {Uint8Array} value @param {object} options */
  async _put(key, value, options) {
    await this._batch([{ type: "put", key, value }], options);
  }

  /** @param {Uint8Array} key @param {object} options */
  async _del(key, options) {
    await this._batch([{ type: "del", key }], options);
  }

  /** @param {Change[]} changes @param {{ sync?: boolean }} options */
  async _batch(changes, { sync = false }) {
    const done = this.#queue.then(() => this.#append(changes, sync));
    this.#queue = done.catch(() => undefined);
    await done;
  }

  /** @param {object} options */
  async _clear(options) {
    await this._batch(
      select(this.#pairs, options).map(([key]) => ({ type: "del", key })),
      {},
    );
  }

  /** @param {object} options */
  _iterator(options) {
    return new JournalIterator(this, options, select(this.#pairs, options));
  }

  /** @param {Change[]} changes @param {boolean} isSynced */
  async #append(changes, isSynced) {
    if (this.#file === null) throw new Error("the file is closed");
    const record = encode(changes);
    // A shorter record would leave the end of the other one behind it, which no later opening could make sense of.
    if (this.#isTailDirty) await this.#file.truncate(this.#sizeBytes);
    this.#isTailDirty = true;
    await writeAll(this.#file, record, this.#sizeBytes);
    if (isSynced) await this.#file.datasync();
    this.#isTailDirty = false;
    this.#sizeBytes += record.length;
    this.#pairs = apply(this.#pairs, changes);
  }

  /** @param {import("node:fs/promises").FileHandle} file */
  async #load(file) {
    const bytes = await file.readFile();
    let end = 0;
    for (let record = decode(bytes, 0); record !== null; record = decode(bytes, end)) {
      this.#pairs = apply(this.#pairs, record.changes);
      end = record.end;
    }
    // Half of a batch that was never acknowledged may stand behind it: the next one cuts that off. Anything else that
    // cannot be read is damage, and no end of the data.
    if (!isTorn(bytes, end)) throw Object.assign(new Error(`${this.#path} is damaged`), { code: "LEVEL_CORRUPTION" });
    this.#sizeBytes = end;
    this.#isTailDirty = end < bytes.length;
  }
}

/** @extends {AbstractIterator<JournalLevel, Uint8Array, Uint8Array>} */
class JournalIterator extends AbstractIterator {
  #pairs;
  #index = 0;

  /** @param {JournalLevel} database @param {object} options @param {Pair[]} pairs */
  constructor(database, options, pairs) {
    super(database, options);
    this.#pairs = pairs;
  }

  /** @returns {Promise<[Uint8Array, Uint8Array] | undefined>} */
  async _next() {
    const pair = this.#pairs[this.#index];
    this.#index++;
    return pair === undefined ? undefined : [pair[0], pair[1]];
  }
}

/** @param {string} path @param {boolean} isCreated */
async function openFile(path, isCreated) {
  try {
    return await open(path, "r+");
  } catch (error) {
    if (!isCreated || /** @type {{ code?: string }} */ (error).code !== "ENOENT") throw error;
    return open(path, "wx+");
  }
}

/**
 * The system may take fewer bytes than it is given, and says so; a disk that is full does just that.
 *
 * @param {import("node:fs/promises").FileHandle} file @param {Buffer} bytes @param {number} at
 */
async function writeAll(file, bytes, at) {
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
  }
}

/** Whether no more than one record can stand from `start` on. @param {Buffer} bytes @param {number} start */
function isTorn(bytes, start) {
  return start + HEADER_BYTES > bytes.length || start + HEADER_BYTES + bytes.readUInt32LE(start) >= bytes.length;
}

/** Where the key is, or would be. @param {readonly Pair[]} pairs @param {Uint8Array} key */
function indexOf(pairs, key) {
  let low = 0;
  let high = pairs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(keyAt(pairs, middle), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {readonly Pair[]} pairs @param {number} at */
function keyAt(pairs, at) {
  return /** @type {Pair} */ (pairs[at])[0];
}

/** @param {readonly Pair[]} pairs @param {Change[]} changes */
function apply(pairs, changes) {
  const next = [...pairs];
  for (const { type, key, value } of changes) {
    const at = indexOf(next, key);
    const isThere = at < next.length && Buffer.compare(keyAt(next, at), key) === 0;
    if (type === "put") next.splice(at, isThere ? 1 : 0, [Buffer.from(key), Buffer.from(value ?? [])]);
    else if (isThere) next.splice(at, 1);
  }
  return next;
}

/** @param {readonly Pair[]} pairs @param {{ gt?: any, gte?: any, lt?: any, lte?: any, reverse?: boolean, limit?: number }} range */
function select(pairs, { gt, gte, lt, lte, reverse = false, limit = -1 }) {
  const found = pairs.filter(([key]) => {
    const isAbove = gt === undefined || Buffer.compare(key, gt) > 0;
    const isFrom = gte === undefined || Buffer.compare(key, gte) >= 0;
    const isBelow = lt === undefined || Buffer.compare(key, lt) < 0;
    return isAbove && isFrom && isBelow && (lte === undefined || Buffer.compare(key, lte) <= 0);
  });
  const ordered = reverse ? found.toReversed() : found;
  return limit < 0 ? ordered : ordered.slice(0, limit);
}

/** Length and checksum of the changes, and the changes: whether put, and lengths, key and value. @param {Change[]} changes */
function encode(changes) {
  const sizes = changes.map(({ key, value }) => EXTRA_BYTES_PER_CHANGE + key.length + (value?.length ?? 0));
  const record = Buffer.alloc(HEADER_BYTES + sizes.reduce((sum, size) => sum + size, 0));
  let at = HEADER_BYTES;
  for (const { type, key, value = Buffer.alloc(0) } of changes) {
    at = record.writeUInt8(type === "put" ? 1 : 0, at);
    at = record.writeUInt32LE(key.length, at);
    at = record.writeUInt32LE(value.length, at);
    record.set(key, at);
    record.set(value, at + key.length);
    at += key.length + value.length;
  }
  record.writeUInt32LE(record.length - HEADER_BYTES, 0);
  record.writeUInt32LE(crc32(record.subarray(HEADER_BYTES)), 4);
  return record;
}

/** The record that begins at `start`; null if none does that is whole. @param {Buffer} bytes @param {number} start */
function decode(bytes, start) {
  if (start + HEADER_BYTES > bytes.length) return null;
  const end = start + HEADER_BYTES + bytes.readUInt32LE(start);
  const content = bytes.subarray(start + HEADER_BYTES, end);
  if (end > bytes.length || content.length === 0 || crc32(content) !== bytes.readUInt32LE(start + 4)) return null;
  /** @type {Change[]} */
  const changes = [];
  for (let at = 0; at < content.length;) {
    const keyStart = at + EXTRA_BYTES_PER_CHANGE;
    const valueStart = keyStart + content.readUInt32LE(at + 1);
    const valueEnd = valueStart + content.readUInt32LE(at + 5);
    const type = content.readUInt8(at) === 1 ? "put" : "del";
    changes.push({ type, key: content.subarray(keyStart, valueStart), value: content.subarray(valueStart, valueEnd) });
    at = valueEnd;
  }
  return { changes, end };
}
