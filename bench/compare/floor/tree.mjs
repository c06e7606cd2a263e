// As much of a tree as the loads can see: data by path, names in a line, and one-shot watches. Nothing is refused.

export const OP = { create: 1, delete: 2, exists: 3, get: 4, set: 5, children: 8, ping: 11, close: -11 };
const SEQUENTIAL = 2;
const COUNTER_DIGITS = 10;
const NOTHING = Buffer.alloc(0);
const EVENT = { deleted: 2, changed: 3 };

/** A request is xid, opcode, path, and what belongs to the opcode; a greeting's has an opcode of 0. */
export function readRequest(frame) {
  const op = frame.readInt32BE(4);
  if (op === OP.ping || op === OP.close || frame.readInt32BE(0) < 0) return { xid: frame.readInt32BE(0), op };
  const end = 12 + frame.readInt32BE(8);
  return { xid: frame.readInt32BE(0), op, path: frame.latin1Slice(12, end), end };
}

export class Tree {
  #data = new Map();
  #lines = new Map();
  #watches = new Map();
  #counter = 0;

  /** What a committed write gives to who asked for it: of a create the path. */
  apply(frame) {
    const { op, path, end } = readRequest(frame);
    if (op === OP.create) return this.#create(path, frame, end);
    if (op === OP.set) {
      this.#data.set(path, Buffer.from(dataAt(frame, end)));
      this.#tell(path, EVENT.changed);
    } else if (op === OP.delete) {
      this.#data.delete(path);
      this.#lines.get(folderOf(path))?.delete(nameOf(path));
      this.#tell(path, EVENT.deleted);
    }
    return null;
  }

  #create(wanted, frame, end) {
    const isSequential = (frame.at(-1) & SEQUENTIAL) !== 0;
    if (!isSequential) {
      this.#data.set(wanted, Buffer.from(dataAt(frame, end)));
      return wanted;
    }
    const path = wanted + String(this.#counter++).padStart(COUNTER_DIGITS, "0");
    const folder = folderOf(path);
    if (!this.#lines.has(folder)) this.#lines.set(folder, new Set());
    this.#lines.get(folder).add(nameOf(path));
    this.#data.set(path, NOTHING);
    return path;
  }

  #tell(path, type) {
    const watches = this.#watches.get(path);
    if (watches === undefined) return;
    this.#watches.delete(path);
    for (const told of watches) told(path, type);
  }

  /** Null if there is nothing. */
  get(path) {
    return this.#data.get(path) ?? null;
  }

  children(path) {
    return [...(this.#lines.get(path) ?? [])];
  }

  watch(path, told) {
    const watches = this.#watches.get(path);
    if (watches === undefined) this.#watches.set(path, new Set([told]));
    else watches.add(told);
  }
}

function dataAt(frame, at) {
  return frame.subarray(at + 4, at + 4 + frame.readInt32BE(at));
}

function folderOf(path) {
  return path.slice(0, path.lastIndexOf("/"));
}

function nameOf(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}
