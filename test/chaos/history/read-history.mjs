import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

const HISTORY_FILE = /^history-.*\.jsonl$/;
const PIECE_BYTES = 2 ** 20;

/** What the processes of a run have written down, as one history. @param {string} directory @returns {import("./operation.d.mts").History} */
export function readHistory(directory) {
  const operations = [];
  const ends = [];
  for (const name of readdirSync(directory).filter((each) => HISTORY_FILE.test(each))) {
    const own = new Map();
    for (const line of linesOf(join(directory, name))) {
      const event = parsed(line);
      if (event?.e === "call") own.set(event.id, begunOf(event));
      else if (event?.e === "end") Object.assign(own.get(event.id), endOf(event));
      else if (event?.e === "session") ends.push({ session: event.session, atMs: event.atMs, code: event.code });
    }
    for (const operation of own.values()) operations.push(operation);
  }
  // Sorting keeps the order of equals, which is that of the client.
  operations.sort((one, other) => one.begunMs - other.begunMs);
  return { operations, ends };
}

/** Piece by piece: that of a long run is longer than a string may be. @param {string} path */
function* linesOf(path) {
  const file = openSync(path, "r");
  const piece = Buffer.alloc(PIECE_BYTES);
  const decoder = new TextDecoder();
  try {
    let rest = "";
    for (let size = readSync(file, piece); size > 0; size = readSync(file, piece)) {
      const lines = (rest + decoder.decode(piece.subarray(0, size), { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
    yield rest;
  } finally {
    closeSync(file);
  }
}

/** The last line of a process that was killed may be a part of one. @param {string} line */
function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function begunOf({ id, client, session, work, atMs, call }) {
  return {
    id,
    client,
    work,
    session,
    begunMs: atMs,
    endMs: Infinity,
    outcome: "unknown",
    code: null,
    seen: 0,
    call,
    result: null,
  };
}

function endOf({ atMs, outcome, code = null, seen = 0, result = null }) {
  return { endMs: atMs, outcome, code, seen, result };
}
