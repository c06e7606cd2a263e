// Reads over 1,000,000 znodes of 100 bytes, uniformly at random: nearly every one misses the caches.
import { measure } from "../lib/measure.mjs";
import { createMachine, fill, flat, pathOf, shuffled } from "../lib/tree.mjs";

const ZNODES = 1_000_000;
const OPERATIONS = 10_000;
const data = new Uint8Array(100).fill(7);

const { machine, write, sessionId } = createMachine();
fill(write, ZNODES, data);
globalThis.gc();
const order = shuffled(ZNODES);
const context = { sessionId, identities: [], watcher: machine.openWatcher([]) };
let next = 0;

function requests(kind) {
  return Array.from({ length: OPERATIONS }, () => {
    next = (next + 1) % ZNODES;
    return { kind, path: flat(pathOf(order[next])), watch: false };
  });
}

let given = [];
let sink = 0;
const read = () => {
  for (const request of given) {
    const answer = machine.read(request, context);
    if (answer.kind === "error") throw new Error(`${request.path}: ${answer.code}`);
    sink += answer.stat.dataLength;
  }
};

/** As a peer answers the reads that arrive in one event-loop turn. */
const TURN = 100;
const readInTurns = () => {
  for (let start = 0; start < given.length; start += TURN) {
    for (const answer of machine.readAll(given.slice(start, start + TURN), context)) sink += answer.stat.dataLength;
  }
};

await measure(
  ["getData", "exists"].flatMap((kind) => [
    {
      name: `${kind}, 1,000,000 znodes, random, one by one`,
      operations: OPERATIONS,
      target: 2_000_000,
      beforeEach: () => (given = requests(kind)),
      run: read,
    },
    {
      name: `${kind}, 1,000,000 znodes, random, 100 a turn`,
      operations: OPERATIONS,
      target: 2_000_000,
      beforeEach: () => (given = requests(kind)),
      run: readInTurns,
    },
  ]),
);
if (sink === 0) throw new Error("nothing was read");
