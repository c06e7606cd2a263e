// What no implementation of the same work gets below on this machine, in this language: the waits for memory of a read
// in a tree of 1,000,000 znodes, and the loops over bytes and characters that a read and a write cannot do without.
import { measure } from "../lib/measure.mjs";
import { flat, pathOf, shuffled } from "../lib/tree.mjs";

const ZNODES = 1_000_000;
const OPERATIONS = 9_600;
const GROUP = 32;
/** As core lays them out: slots of 8 bytes at a load of a half, and records of 256 bytes in pages of 256 KiB. */
const slots = new Int32Array(2 * 2 ** 21);
const RECORD_WORDS = 64;
const PAGE_RECORDS = 1024;
const LINE_WORDS = 16;
const pages = Array.from({ length: Math.ceil(ZNODES / PAGE_RECORDS) }, () =>
  new Int32Array(PAGE_RECORDS * RECORD_WORDS).fill(1),
);
const order = shuffled(ZNODES);
for (let record = 0; record < ZNODES; record++) slots[slotOf(record)] = order[record];

function slotOf(record) {
  return (Math.imul(record, 0x9e3779b1) >>> 11) << 1;
}

/** Header and name of a record: three lines. */
function touch(record) {
  const words = pages[record >>> 10];
  const at = (record & (PAGE_RECORDS - 1)) * RECORD_WORDS;
  return words[at] + words[at + LINE_WORDS] + words[at + 2 * LINE_WORDS];
}

let sink = 0;
let next = 0;
const waitOneByOne = () => {
  let last = 0;
  for (let i = 0; i < OPERATIONS; i++) {
    next = (next + 1) % ZNODES;
    // What comes next depends on what came last, as far as the processor knows.
    last = touch(slots[slotOf(order[next] + (last & 4))]);
  }
  sink += last;
};
const found = new Int32Array(GROUP);
const waitTogether = () => {
  for (let start = 0; start < OPERATIONS; start += GROUP) {
    for (let i = 0; i < GROUP; i++) found[i] = slots[slotOf(order[(next + i) % ZNODES])];
    for (let i = 0; i < GROUP; i++) sink += touch(found[i]);
    next = (next + GROUP) % ZNODES;
  }
};

const bytes = new Uint8Array(64 * 1024);
const paths = Array.from({ length: 64 }, (_, index) => flat(pathOf(index)));
const writePath = () => {
  for (let i = 0; i < OPERATIONS; i++) {
    const path = paths[i & 63];
    for (let at = 0; at < path.length; at++) bytes[at] = path.charCodeAt(at);
  }
};

const data = new Uint8Array(100).fill(7);
const { buffer } = bytes;
/** A setData: its path read once, hashed, copied and compared, its data copied twice and digested, its txn shown. */
const writeData = () => {
  for (let i = 0; i < OPERATIONS; i++) {
    const path = paths[i & 63];
    const { length } = path;
    for (let at = 0; at < length; at++) bytes[at] = path.charCodeAt(at);
    for (let lookUp = 0; lookUp < 2; lookUp++) {
      let hash = length;
      let same = 0;
      for (let at = 0; at < length; at += 4) {
        const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
        hash = Math.imul(Math.imul(hash ^ word, 0x9e3779b1) ^ (hash >>> 15), 0x85ebca6b);
      }
      for (let at = 0; at < length; at++) same |= bytes[at] ^ bytes[1024 + at];
      sink += hash + same;
    }
    for (let at = 0; at < length; at++) bytes[2048 + at] = bytes[at];
    bytes.set(data, 4096);
    const txn = new Uint8Array(buffer, 2048, 200);
    let [a, b] = [1, 2];
    // The data's words, then the record's.
    for (let at = 0; at < 204; at += 4) {
      const word =
        txn[at & 127] | (txn[(at & 127) + 1] << 8) | (txn[(at & 127) + 2] << 16) | (txn[(at & 127) + 3] << 24);
      a = Math.imul(a ^ word, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x85ebca77);
      b ^= b >>> 13;
    }
    bytes.set(data, 8192);
    sink += a ^ b;
  }
};

await measure([
  { name: "floor: the waits of a read, one after the other", operations: OPERATIONS, run: waitOneByOne },
  { name: "floor: the waits of 32 reads together", operations: OPERATIONS, run: waitTogether },
  { name: "floor: 30 characters to bytes", operations: OPERATIONS, run: writePath },
  { name: "floor: the loops of a setData, without waits", operations: OPERATIONS, run: writeData },
]);
if (sink === 0) throw new Error("nothing was done");
