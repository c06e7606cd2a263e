import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chainHash,
  type ChainHash,
  type HardState,
  type LogEntry,
  type LogPosition,
  type Zxid,
} from "@coterie/interface";
import { logKey, logKeyBehind, logKeyFrom, pageKey, parseLogKey, parsePageKey } from "../src/format/keys.ts";
import { decodeLogRecord, encodeLogRecord } from "../src/format/log-record.ts";
import {
  decodeBase,
  decodeCheckpoint,
  decodeNotes,
  decodePage,
  decodeState,
  encodeBase,
  encodeCheckpoint,
  encodeNotes,
  encodePage,
  encodeState,
} from "../src/format/records.ts";
import { decodeStoreFormat, encodeStoreFormat } from "../src/format/store-format.ts";
import { plain } from "./support/log.ts";

/** The last one of all belongs to no entry. */
const zxid = fc.nat({ max: 2 ** 31 - 1 }).map((value) => (value * 2 ** 22 + (value % 7)) as Zxid);
const hash = fc.integer().map((value) => value as ChainHash);
const position: fc.Arbitrary<LogPosition> = fc.record({ zxid, chainHash: hash });
const generation = fc.nat({ max: 2 ** 32 - 1 });

interface Run {
  readonly before: LogPosition;
  readonly entries: readonly LogEntry[];
}

/** Entries that lead on from anywhere, with small and large steps, up to the last zxid that there is. */
const run: fc.Arbitrary<Run> = fc
  .tuple(
    fc.record({ zxid: fc.nat({ max: 2 ** 31 - 1 }).map((value) => (value * 2 ** 20) as Zxid), chainHash: hash }),
    fc.array(
      fc.tuple(
        fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 2 ** 40 })),
        fc.nat({ max: 255 }),
        fc.uint8Array({ maxLength: 300 }),
      ),
      {
        minLength: 1,
        maxLength: 8,
      },
    ),
  )
  .map(([before, parts]) => {
    const entries: LogEntry[] = [];
    let last = before;
    for (const [step, tag, bytes] of parts) {
      const at = (last.zxid + step) as Zxid;
      last = { zxid: at, tag, bytes, chainHash: chainHash(last.chainHash, at, tag, bytes) } as LogEntry;
      entries.push(last as LogEntry);
    }
    return { before, entries };
  })
  .filter(({ entries }) => Number.isSafeInteger(entries.at(-1)!.zxid));

describe("log records", () => {
  test("come back as they were", () => {
    fc.assert(
      fc.property(run, generation, zxid, fc.maxSafeNat(), ({ before, entries }, log, committed, stateNumber) => {
        const { key, value } = encodeLogRecord(log, before, entries, committed, stateNumber);
        const record = decodeLogRecord(key, value)!;
        const { zxid: at, chainHash: end } = entries.at(-1)!;
        expect(record).toMatchObject({ before, end: { zxid: at, chainHash: end }, committed, stateNumber });
        expect(plain(record.entries)).toEqual(plain(entries));
        expect(parseLogKey(key)).toEqual({ generation: log, end: record.end });
      }),
    );
  });

  test("with one bit changed, in key or value, or with an end cut off, are none", () => {
    fc.assert(
      fc.property(run, fc.nat(), fc.nat({ max: 7 }), ({ before, entries }, at, bit) => {
        const { key, value } = encodeLogRecord(1, before, entries, 0 as Zxid, 1);
        const all = Buffer.concat([key, value]);
        all[at % all.length]! ^= 1 << bit;
        expect(decodeLogRecord(all.subarray(0, key.length), all.subarray(key.length))).toBeNull();
        expect(decodeLogRecord(key, value.subarray(0, at % value.length))).toBeNull();
      }),
    );
  });

  test("with a wrong chain are none, though their checksum is right", () => {
    fc.assert(
      fc.property(run, fc.nat(), ({ before, entries }, at) => {
        const wrong = entries.map((entry) => ({ ...entry, bytes: Uint8Array.from(entry.bytes) }));
        const hit = wrong[at % wrong.length]!;
        fc.pre(hit.bytes.length > 0);
        hit.bytes[at % hit.bytes.length]! ^= 1;
        const { key, value } = encodeLogRecord(1, before, wrong, 0 as Zxid, 1);
        expect(decodeLogRecord(key, value)).toBeNull();
      }),
    );
  });

  test("sort by generation and zxid, and ranges of zxids are ranges of keys", () => {
    fc.assert(
      fc.property(generation, generation, position, position, (first, second, one, other) => {
        const keys = [logKey(first, one), logKey(second, other)] as const;
        const order = Buffer.compare(keys[0], keys[1]);
        if (first !== second) expect(Math.sign(first - second)).toBe(order);
        else if (one.zxid !== other.zxid) expect(Math.sign(one.zxid - other.zxid)).toBe(order);
        expect(Buffer.compare(logKeyFrom(first, one.zxid), keys[0])).toBe(-1);
        expect(Buffer.compare(keys[0], logKeyBehind(first, one.zxid))).toBe(-1);
      }),
    );
  });
});

const hardState: fc.Arbitrary<HardState> = fc
  .record({
    clusterId: fc.string({ minLength: 1, maxLength: 64 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, "-")),
    peerId: fc.integer({ min: 1, max: 254 }),
    incarnation: fc.maxSafeNat(),
    acceptedEpoch: fc.nat({ max: 2 ** 21 - 1 }),
    currentEpoch: fc.nat({ max: 2 ** 21 - 1 }),
    isAmnesiac: fc.boolean(),
  })
  .map((fields) => fields as unknown as HardState);

describe("what stands once", () => {
  test("a state record comes back as it was, and is none with a bit changed", () => {
    const state = fc.record({
      number: fc.maxSafeNat(),
      checkpointNumber: fc.maxSafeNat(),
      logGeneration: generation,
      last: position,
      committed: zxid,
      hardState,
    });
    fc.assert(
      fc.property(state, fc.nat(), (content, at) => {
        const { value } = encodeState(content);
        expect(decodeState(value)).toEqual(content);
        const damaged = Buffer.from(value);
        damaged[at % damaged.length]! ^= 64;
        expect(decodeState(damaged)).toBeNull();
      }),
    );
  });

  test("a marker, a base, notes and a page come back as they were, under their own key only", () => {
    const segment = fc.record({ generation, pageCount: generation, sizeBytes: fc.maxSafeNat() });
    const marker = fc.record({
      stateNumber: fc.maxSafeNat(),
      position,
      digest: fc.constantFrom("a", "0123456789abcdef"),
      segments: fc.array(segment, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(marker, fc.uint8Array({ maxLength: 100 }), position, (checkpoint, bytes, base) => {
        expect(decodeCheckpoint(encodeCheckpoint(checkpoint).value)).toEqual(checkpoint);
        expect(decodeBase(encodeBase({ logGeneration: 7, base }).value)).toEqual({ logGeneration: 7, base });
        expect([...decodeNotes(encodeNotes(bytes).value)!]).toEqual([...bytes]);
        const { key, value } = encodePage(5, 6, bytes);
        expect([...decodePage(key, value)!]).toEqual([...bytes]);
        expect(parsePageKey(key)).toEqual({ generation: 5, index: 6 });
        expect(decodePage(pageKey(5, 7), value)).toBeNull();
        expect(decodeState(encodeNotes(bytes).value)).toBeNull();
      }),
    );
  });

  test("the format is told from damage, and from what others write", () => {
    const { value } = encodeStoreFormat(1);
    expect(decodeStoreFormat(value)).toBe(1);
    expect(decodeStoreFormat(encodeStoreFormat(2).value)).toBe(2);
    const damaged = Buffer.from(value);
    damaged[damaged.length - 1]! ^= 1;
    expect(decodeStoreFormat(damaged)).toBe("damaged");
    expect(decodeStoreFormat(Buffer.from("{}"))).toBe("foreign");
    expect(decodeState(undefined)).toBeNull();
  });
});
