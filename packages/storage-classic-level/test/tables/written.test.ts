import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSeededRandom, type Random, randomBelow } from "@coterie/interface";
import { ClassicLevel } from "classic-level";
import { expect, test } from "vitest";
import { findDangers } from "../../src/tables/check-database.ts";
import { KeyWalk } from "../../src/tables/block.ts";
import { contentsOf, isSound, RAW, SNAPPY, soundContentsOf } from "../../src/tables/contents.ts";
import { FOOTER_BYTES, parseFooter, parseIndex } from "../../src/tables/table-layout.ts";
import { createLocation, removeLocationsAfterEach } from "../support/stores.ts";

removeLocationsAfterEach();

const RUNS = process.env["COTERIE_TEST_LONG"] === "1" ? 200 : 4;
const LIVES = 4;

/** Keys that come again, of all lengths, and values that pack well or not at all, none or large ones. */
async function live(location: string, random: Random): Promise<void> {
  const below = (limit: number): number => randomBelow(random, limit);
  const database = new ClassicLevel<Uint8Array, Uint8Array>(location, {
    keyEncoding: "view",
    valueEncoding: "view",
    compression: below(3) > 0,
    blockSize: [1024, 4096, 65_536][below(3)]!,
    blockRestartInterval: [1, 2, 16][below(3)]!,
    writeBufferSize: 65_536,
    maxFileSize: 2 ** 20,
  });
  await database.open();
  for (let count = 0; count < 30; count++) {
    const batch = database.batch();
    for (let index = below(60); index >= 0; index--) {
      const key = Buffer.from(below(8) === 0 ? random.bytes(below(200)) : `key ${below(3000)}`);
      const sizeBytes = below(40) === 0 ? below(20_000) : below(300);
      if (below(5) === 0) batch.del(key);
      else batch.put(key, below(2) === 0 ? random.bytes(sizeBytes) : Buffer.alloc(sizeBytes, "value "));
    }
    await batch.write();
    if (below(15) === 0) await database.compactRange(Uint8Array.of(0), new Uint8Array(300).fill(255));
  }
  if (below(4) === 0)
    await database.put(Buffer.from("large"), Buffer.concat(Array.from({ length: 48 }, () => random.bytes(65_536))));
  await database.close();
}

test("whatever LevelDB has written is borne", async () => {
  const [levels, sorts] = [new Set<string>(), new Set<number>()];
  for (let run = 0; run < RUNS; run++) {
    const random = createSeededRandom(run);
    const location = await createLocation();
    for (let lives = 0; lives < LIVES; lives++) {
      await live(location, random);
      expect([run, lives, await findDangers(location)]).toEqual([run, lives, []]);
      for (const file of await readdir(location))
        if (file.endsWith(".ldb")) for (const sort of await sortsIn(join(location, file))) sorts.add(sort);
    }
    const database = new ClassicLevel(location);
    await database.open();
    for (let level = 0; level < 7; level++)
      if (database.getProperty(`leveldb.num-files-at-level${level}`) !== "0") levels.add(`level ${level}`);
    await database.close();
  }
  expect([...levels]).toEqual(expect.arrayContaining(["level 0", "level 1"]));
  expect(sorts).toEqual(new Set([RAW, SNAPPY]));
});

/** The sorts of the blocks of a table, each of which has its checksum, and keys to which there is no objection. */
async function sortsIn(path: string): Promise<readonly number[]> {
  const bytes = await readFile(path);
  // A compaction that was broken off leaves a table that nobody uses.
  const footer = bytes.length < FOOTER_BYTES ? null : parseFooter(bytes, bytes.length - FOOTER_BYTES, bytes.length);
  if (footer === null || footer === "wrong") return [];
  const { index, metaindex } = footer;
  const contents = soundContentsOf(bytes, index.offset, index.sizeBytes);
  const entries = contents.kind === "contents" ? parseIndex(contents.bytes, metaindex.offset) : null;
  const walk = new KeyWalk();
  let after: Uint8Array | null = null;
  for (const { key, handle } of entries!) {
    const { offset, sizeBytes } = handle;
    expect(isSound(bytes, offset, sizeBytes)).toBe(true);
    const block = contentsOf(bytes, offset, sizeBytes);
    if (block.kind !== "contents") throw new Error(`${path} has a block that cannot be read`);
    expect(walk.judge(block.bytes, 0, block.bytes.length, { after, upTo: key, table: null })).toBeNull();
    after = key;
  }
  return entries!.map(({ handle }) => bytes[handle.offset + handle.sizeBytes]!);
}
