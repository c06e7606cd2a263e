import { chainHash, CHAIN_HASH_NONE, createZxid, LOG_LIMITS, type LogEntry, ZXID_NONE } from "@coterie/interface";
import { TAG_TXN } from "@coterie/consensus";
import { beforeAll, describe, expect, it } from "vitest";
import { decodeEntries, encodeEntries } from "../../src/backup/frames.ts";
import { readBackup } from "../../src/backup/read-backup.ts";
import { writeBackup } from "../../src/backup/write-backup.ts";
import { beginsEngines } from "../support/engines.ts";
import { backupOf, collect, each, gather, inPieces, load, refusalOf, withHeader } from "./support.ts";

const begin = beginsEngines();
const NONE = { zxid: ZXID_NONE, chainHash: CHAIN_HASH_NONE };
const refusal = (message: RegExp): object => ({
  code: "CHECKPOINT_CORRUPT",
  message: expect.stringMatching(message) as unknown,
});

/** `count` entries of these bytes, each chained to the one before. */
function chained(count: number, bytes: Uint8Array): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let counter = 1; counter <= count; counter++) {
    const zxid = createZxid(1, counter);
    const hash = chainHash(entries.at(-1)?.chainHash ?? CHAIN_HASH_NONE, zxid, TAG_TXN, bytes);
    entries.push({ zxid, tag: TAG_TXN, bytes, chainHash: hash });
  }
  return entries;
}

describe("a backup whose checksums are right, and that no peer has written", () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    const engines = begin({ voters: 1 });
    const [peer] = await engines.startAll();
    await peer!.create(await peer!.open(), "/a", "here");
    bytes = await collect(engines, backupOf(engines, peer!));
  });

  it("hands on nothing of its header that is not known", async () => {
    const { header } = await load(bytes);
    const strange = await withHeader(bytes, { advice: "trust me" } as never);
    expect((await load(strange)).header).toStrictEqual(header);
  });

  it("is refused if its header is longer than any", async () => {
    expect(await refusalOf(await withHeader(bytes, { padding: "x".repeat(3_000) } as never))).toBeNull();
    expect(await refusalOf(await withHeader(bytes, { padding: "x".repeat(4_096) } as never))).toBe(
      "CHECKPOINT_CORRUPT",
    );
  });

  it("is refused if an entry is longer than any, or a part holds more of them", () => {
    const long = chained(1, new Uint8Array(LOG_LIMITS.entrySizeMaxBytes + 1));
    expect(() => decodeEntries(encodeEntries(long), NONE)).toThrow(expect.objectContaining(refusal(/longer than any/)));
    const many = chained(LOG_LIMITS.batchEntriesMax + 1, new Uint8Array(0));
    expect(() => decodeEntries(encodeEntries(many), NONE)).toThrow(expect.objectContaining(refusal(/more entries/)));
    expect(decodeEntries(encodeEntries(many.slice(1)), many[0]!)).toHaveLength(LOG_LIMITS.batchEntriesMax);
  });

  it.each<[string, (entries: readonly LogEntry[]) => Uint8Array]>([
    ["a txn that is none", () => new Uint8Array(3)],
    ["the first session's beginning twice", (entries) => entries.find(({ tag }) => tag === TAG_TXN)!.bytes],
  ])("is refused if it holds %s", async (_, bytesBehind) => {
    const entries: LogEntry[] = [];
    for await (const item of readBackup(inPieces(bytes))) if (item.kind === "entries") entries.push(...item.entries);
    const last = entries.at(-1)!;
    const zxid = createZxid(9, 1);
    const body = bytesBehind(entries);
    const behind = { zxid, tag: TAG_TXN, bytes: body, chainHash: chainHash(last.chainHash, zxid, TAG_TXN, body) };
    const { header } = await load(bytes);
    const forged = await gather(
      writeBackup(
        { ...header, zxid, chainHash: behind.chainHash },
        { pages: each([]), entries: each([entries, [behind]]) },
      ),
    );
    expect(await refusalOf(forged)).toBeNull();
    await expect(load(forged)).rejects.toMatchObject(refusal(/no state/));
  });
});
