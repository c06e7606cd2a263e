// prepare + apply of one write, in batches of 100 as an event-loop turn brings them, on a tree of 100,000 znodes.
import { measure } from "../lib/measure.mjs";
import { createMachine, createParents, createRequest, fill, flat, pathOf, shuffled } from "../lib/tree.mjs";

const ZNODES = 100_000;
const BATCH = 100;
const BATCHES = 10;
const OPERATIONS = BATCH * BATCHES;
const data = new Uint8Array(100).fill(7);

const { write, writeBatch } = createMachine();
fill(write, ZNODES, data);
const order = shuffled(ZNODES);
let next = 0;

/** Requests with paths of their own, made outside the clock as the decoder would have made them. */
function setRequests() {
  return Array.from({ length: OPERATIONS }, () => {
    next = (next + 1) % ZNODES;
    return { kind: "setData", path: flat(pathOf(order[next])), data, version: -1 };
  });
}

let requests = [];
const inBatches = () => {
  for (let start = 0; start < OPERATIONS; start += BATCH) writeBatch(requests.slice(start, start + BATCH));
};
const oneByOne = () => {
  for (const request of requests) write(request);
};

const creating = createMachine();
createParents(creating.write, 40_000_000);
let created = 0;
let creates = [];
const nextCreates = () => {
  creates = Array.from({ length: OPERATIONS }, () => createRequest(flat(pathOf(created++)), data));
};

await measure([
  {
    name: "setData 100 B, prepare + apply",
    operations: OPERATIONS,
    target: 400_000,
    beforeEach: () => (requests = setRequests()),
    run: inBatches,
  },
  {
    name: "setData 100 B, one in flight",
    operations: OPERATIONS,
    beforeEach: () => (requests = setRequests()),
    run: oneByOne,
  },
  {
    name: "create 100 B, prepare + apply",
    operations: OPERATIONS,
    target: 250_000,
    beforeEach: nextCreates,
    run: () => {
      for (let start = 0; start < OPERATIONS; start += BATCH) {
        creating.writeBatch(creates.slice(start, start + BATCH));
      }
    },
  },
]);
