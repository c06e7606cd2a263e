// A process of its own that does to a store what a plan says, and writes down what has been acknowledged. It sees the
// packages as they are built. Arguments: the plan's file, the folder of the store, and the file of the acks (`acks` in
// that folder, unless it is said).
import { openSync, readFileSync, writeSync } from "node:fs";
import { createClassicLevelPlace } from "../../packages/storage-classic-level/dist/classic-level-place.js";
import {
  createFileJournal,
  createFileSidecar,
  createLevelStorage,
  STORE_FORMAT,
} from "../../packages/storage-level/dist/index.js";

const [planFile = "", folder = "", acksFile = `${folder}/acks`] = process.argv.slice(2);
// "newer"; "older" for a store without a journal, as earlier versions made it; "upgraded" for one that gets one when it is
// opened the second time.
const life = process.env["FAULT_LIFE"] ?? "newer";
const steps = JSON.parse(readFileSync(planFile, "utf8"), (_, value) =>
  typeof value?.base64 === "string" ? new Uint8Array(Buffer.from(value.base64, "base64")) : value,
);
const acks = openSync(acksFile, "w");

/**
 * The watermark follows at once, so that there is one to fall below.
 *
 * @type {import("../../packages/interface/dist/index.js").Clock}
 */
const clock = {
  nowMs: () => /** @type {any} */ (performance.now()),
  wallTimeMs: () => /** @type {any} */ (Date.now()),
  nextTurn: (callback) => void setImmediate(() => callback()),
  setTimer: (_, callback) => {
    const immediate = setImmediate(() => callback());
    return { cancel: () => clearImmediate(immediate) };
  },
};

const location = `${folder}/store`;
// A short life should see as many segments, and tables, as a long one.
const sizes = { segmentSizeBytes: 2 ** 14, growingSegmentSizeBytes: 2 ** 13 };
const place = createClassicLevelPlace({ location, cacheSizeBytes: 2 ** 20, writeBufferSizeBytes: 2 ** 16 });
const path = `${location}/sidecar`;
const older = createLevelStorage({ place, sidecar: createFileSidecar({ path }), durable: true, clock });
const journal = createFileJournal({ path: `${location}/log`, sizes });
const sidecar = createFileSidecar({ path, format: STORE_FORMAT });
const newer = createLevelStorage({ place, sidecar, journal, durable: true, clock });

let storage = life === "newer" ? newer : older;

async function take(step) {
  switch (step.kind) {
    case "open":
      return storage.open();
    case "close":
      await storage.close();
      if (life === "upgraded") storage = newer;
      return undefined;
    case "write":
      return storage.write(step.batch);
    case "add-pages":
      return storage.addPages(step.pages);
    case "purge":
      return storage.purge(step.upTo);
    default:
      throw new Error(`no such step: ${step.kind}`);
  }
}

for (const [index, step] of steps.entries()) {
  writeSync(acks, `begin ${index}\n`);
  try {
    await take(step);
  } catch (error) {
    writeSync(acks, `failed ${index} ${/** @type {{ code?: string }} */ (error).code}\n`);
    await storage.close();
    break;
  }
  writeSync(acks, `done ${index}\n`);
}
// Nothing is closed at the end but by the plan: a process may be killed at any time.
process.exit(0);
