// node --test examples/own-storage/own-storage.test.mjs: the storage of this folder keeps every rule of the contract.
import { testLogStorage } from "@coterie/compliance";
import { copyFile, mkdtemp, readFile, rm, truncate } from "node:fs/promises";
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

  /**
   * What the files hold while the store is in use is what a killed process leaves. The sidecar is copied first: it must
   * not be ahead of the journal.
   */
  crash: async ({ folder, name }) => {
    const left = `journal-${++copies}`;
    for (const end of [".sidecar", ""]) {
      await copyFile(join(folder, `${name}${end}`), join(folder, `${left}${end}`)).catch(() => undefined);
    }
    return { folder, name: left };
  },

  damages: {
    /** The journal without its last record. */
    lostEnd: async ({ folder, name }) => {
      const path = join(folder, name);
      const bytes = await readFile(path);
      let start = 0;
      for (let next = 0; next < bytes.length; next += 8 + bytes.readUInt32LE(next)) start = next;
      await truncate(path, start);
    },
  },
};

void describe("a storage over a database of one's own", () => testLogStorage({ describe, it }, fixture));
