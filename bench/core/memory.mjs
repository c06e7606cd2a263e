// What 1,000,000 znodes with 100 bytes of data and paths of 30 characters take, all indexes and lists included.
import { report } from "../lib/measure.mjs";
import { createMachine, fill } from "../lib/tree.mjs";

const ZNODES = 1_000_000;
const data = new Uint8Array(100).fill(7);

function settled() {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage();
}

// The code is compiled and its first buffers exist before the first look.
fill(createMachine().write, 20_000, data);
const { machine, write } = createMachine();
const before = settled();
fill(write, ZNODES, data);
const after = settled();
if (machine.statistics.znodeCount < ZNODES) throw new Error("znodes are missing");

const perZnode = (of) => (of(after) - of(before)) / ZNODES;
report({
  name: "memory a znode, heap + external",
  unit: "B",
  value: perZnode(({ heapUsed, external }) => heapUsed + external),
  target: 350,
  atLeast: false,
});
report({ name: "memory a znode, resident", unit: "B", value: perZnode(({ rss }) => rss), target: 420, atLeast: false });
