// The longest the event loop is held while 1,000,000 znodes are created in turns of 100 writes, while a full and a
// delta checkpoint are written in between, and while the state is restored.
import { Restore } from "@coterie/core";
import { createMachine, createParents, createRequest, fill, pathOf } from "../lib/tree.mjs";
import { LongestTurns, reportTurns } from "../lib/turns.mjs";

const ZNODES = 1_000_000;
const BATCH = 100;
const TARGET_MS = 20;
const data = new Uint8Array(100).fill(7);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Runs `work`, which yields once a turn, and reports its longest turn. */
async function longestTurn(name, work, targetMs) {
  const turns = new LongestTurns();
  const startedMs = performance.now();
  for (let isDone = false; !isDone; await turn()) {
    turns.begin();
    isDone = work.next().done === true;
    turns.end();
  }
  const { longestMs, longestUndisturbedMs, shareDisturbed } = turns;
  const wholeMs = performance.now() - startedMs;
  reportTurns(name, { wholeMs, longestMs, longestUndisturbedMs, shareDisturbed }, targetMs);
}

const { machine, write, writeBatch } = createMachine();
const pages = [];
let marker;

function* filling() {
  for (let index = 0; index < ZNODES; index += BATCH) {
    writeBatch(Array.from({ length: BATCH }, (_, offset) => createRequest(pathOf(index + offset), data)));
    yield;
  }
}

/** A checkpoint, one step a turn, with a turn of writes in between. */
function* checkpointing(writer) {
  for (let changed = 0; ; changed += BATCH) {
    const step = writer.step();
    if (step.kind === "page") pages.push(step.bytes);
    if (step.kind === "done") {
      marker = step.summary;
      machine.checkpoints.confirm(marker);
      return;
    }
    writeBatch(
      Array.from({ length: BATCH }, (_, offset) => ({
        kind: "setData",
        path: pathOf((changed * 7919 + offset) % ZNODES),
        data,
        version: -1,
      })),
    );
    yield;
  }
}

function* restoring() {
  const restore = new Restore({ hashKey: { k0: 1, k1: 2 } });
  for (const page of pages) {
    restore.addPage(page);
    yield;
  }
  while (restore.step()) yield;
  restore.finish(marker);
}

// Warm-up: the same work on a small tree.
fill(createMachine().write, 20_000, data);
createParents(write, ZNODES);
await longestTurn("filling 1,000,000 znodes", filling(), TARGET_MS);
await longestTurn("full checkpoint with writes", checkpointing(machine.checkpoints.begin()), TARGET_MS);
await longestTurn("delta checkpoint with writes", checkpointing(machine.checkpoints.begin()), TARGET_MS);
await longestTurn("restore of 1,000,000 znodes", restoring(), TARGET_MS);
