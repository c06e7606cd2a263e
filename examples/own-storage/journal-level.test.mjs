// node --test examples/own-storage/journal-level.test.mjs: what the compliance suite cannot bring about from outside.
import assert from "node:assert/strict";
import { appendFile, mkdtemp, open, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { JournalLevel } from "./journal-level.mjs";
import { startOf } from "./lock.mjs";

let path = "";

beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "journal-level-")), "journal");
});

afterEach(async () => {
  mock.restoreAll();
  await rm(dirname(path), { recursive: true });
});

/** Opens the journal, does something with it, and closes it. */
async function using(work) {
  const database = new JournalLevel(path);
  await database.open();
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** Lets every write to a file go through this. @param {(original: Function, args: any[]) => Promise<unknown>} change */
async function changeWrites(change) {
  const handle = await open(join(dirname(path), "other"), "w");
  const prototype = Object.getPrototypeOf(handle);
  const original = prototype.write;
  await handle.close();
  mock.method(
    prototype,
    "write",
    /** @this {object} */ function (...args) {
      return change(original.bind(this), args);
    },
  );
}

const all = async () =>
  using(async (database) => (await database.iterator().all()).map(([key, value]) => [String(key), value.length]));

void describe("a journal", () => {
  void it("is whole although the system takes a few bytes at a time", async () => {
    await changeWrites(async (write, [bytes, from, length, at]) => write(bytes, from, Math.min(length, 7), at));
    await using(async (database) => database.put(Buffer.from("a"), Buffer.alloc(1000), { sync: true }));
    assert.deepEqual(await all(), [["a", 1000]]);
  });

  void it("takes no batch for written of which the system took a part", async () => {
    await using(async (database) => {
      await database.put(Buffer.from("a"), Buffer.alloc(10));
      await changeWrites(async (write, [bytes, from, length, at]) => {
        if (from > 0) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
        return write(bytes, from, Math.min(length, 500), at);
      });
      await assert.rejects(database.put(Buffer.from("b"), Buffer.alloc(1000)), { code: "ENOSPC" });
      mock.restoreAll();
      await database.put(Buffer.from("c"), Buffer.alloc(5));
    });
    assert.deepEqual(await all(), [
      ["a", 10],
      ["c", 5],
    ]);
  });

  void it("goes on behind a batch that was torn, also with a shorter one, in every later life", async () => {
    await using(async (database) => database.put(Buffer.from("a"), Buffer.alloc(10)));
    const { size } = await stat(path);
    const torn = Buffer.alloc(3000);
    torn.writeUInt32LE(6000, 0);
    await appendFile(path, torn);
    assert.deepEqual(await all(), [["a", 10]]);
    assert.equal((await stat(path)).size, size + 3000, "opening changes nothing");
    await using(async (database) => database.put(Buffer.from("b"), Buffer.alloc(5)));
    for (let life = 1; life <= 2; life++) {
      assert.deepEqual(await all(), [
        ["a", 10],
        ["b", 5],
      ]);
    }
  });
});

void describe("its lock", () => {
  const lockNames = async () =>
    (await readdir(dirname(path))).filter((name) => name.startsWith(`${basename(path)}.lock`));
  const uuid = "00000000-0000-4000-8000-000000000000";

  void it("lets no more than one in, also of several that come at the same time, and then another one", async () => {
    const databases = Array.from({ length: 4 }, () => new JournalLevel(path));
    const results = await Promise.allSettled(databases.map(async (database) => database.open()));
    const refusals = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    assert.ok(refusals.length >= 3);
    for (const refusal of refusals) assert.equal(refusal.cause.code, "LEVEL_LOCKED");
    for (const database of databases) await database.close();
    assert.deepEqual(await lockNames(), []);
    await using(async () => assert.equal((await lockNames()).length, 1));
    assert.deepEqual(await lockNames(), []);
  });

  void it("is nobody's once its process is dead, and also if another one has the same number since", async () => {
    await writeFile(`${path}.lock.999999999.1-${uuid}.${uuid}`, "");
    if (process.platform === "linux") await writeFile(`${path}.lock.${process.pid}.1-${uuid}.${uuid}`, "");
    await writeFile(`${path}.lock.notes`, "not a lock");
    await using(async () => assert.equal((await lockNames()).length, 2));
    assert.deepEqual(await lockNames(), [`${basename(path)}.lock.notes`]);
  });

  void it("is of the process that it names, as long as that one is there", async () => {
    await writeFile(`${path}.lock.${process.ppid}.${await startOf(process.ppid)}.${uuid}`, "");
    await assert.rejects(
      using(async () => undefined),
      (/** @type {any} */ error) => error.cause.code === "LEVEL_LOCKED",
    );
    assert.equal((await lockNames()).length, 1);
  });
});
