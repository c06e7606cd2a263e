// node --test examples/own-storage: the storage of this folder keeps every rule of the contract.
import { testLogStorage } from "@coterie/compliance";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createOwnStorage } from "./create-own-storage.mjs";

let copies = 0;

/** A place is a folder, and the name of the journal in there. */
const fixture = {
  supports: { durable: true },
  createPlace: async () => ({ folder: await mkdtemp(join(tmpdir(), "own-storage-")), name: "journal" }),
  createStore: ({ folder, name }) => createOwnStorage(join(folder, name)),
  removePlace: async ({ folder }) => rm(folder, { recursive: true, force: true }),

  /** What the file holds while the store is in use is what a killed process leaves. */
  crash: async ({ folder, name }) => {
    const left = `journal-${++copies}`;
    await copyFile(join(folder, name), join(folder, left)).catch(() => undefined);
    return { folder, name: left };
  },
};

void describe("a storage over a database of one's own", () => testLogStorage({ describe, it }, fixture));
