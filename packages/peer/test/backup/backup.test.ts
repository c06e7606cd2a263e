import { CoterieError, type LogStorage, type StoredCheckpoint } from "@coterie/interface";
import fc from "fast-check";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { beforeAll, describe, expect, it } from "vitest";
import { verifyBackup } from "../../src/index.ts";
import { BACKUP_CHECKPOINTS_MAX, BACKUP_IDLE_MAX_MS, BACKUPS_MAX } from "../../src/limits.ts";
import { beginsEngines, type Engines, type EnginesOptions, type TestPeer } from "../support/engines.ts";
import { backupOf, collect, inPieces, load, refusalOf, SMALL, writeMany } from "./support.ts";

const begin = beginsEngines();

async function startAlone(options: EnginesOptions = {}): Promise<{ engines: Engines; peer: TestPeer }> {
  const engines = begin({ voters: 1, ...options });
  const [peer] = await engines.startAll();
  return { engines, peer: peer! };
}

async function checkpointIn(
  engines: ReturnType<typeof begin>,
  storage: LogStorage,
): Promise<StoredCheckpoint | undefined> {
  const reader = await engines.settled(storage.openCheckpoint());
  await reader?.close();
  return reader?.checkpoint;
}

describe("a backup", () => {
  it("under load is the state at one zxid, though checkpoints and purges pass it by", async () => {
    const engines = begin(SMALL);
    await engines.startAll();
    const { leader } = engines;
    const [one, other] = engines.peers.filter((peer) => peer !== leader);
    const digests = new Map<number, string>();
    other!.handler.onApplied = ({ zxid }) => digests.set(zxid, other!.engine.machine.digest);
    const session = await leader.open();
    await writeMany(engines, leader, session, 200);
    const backup = backupOf(engines, one!);
    const pieces = [(await engines.settled(backup.next())).value!];
    const begunZxid = one!.engine.machine.lastAppliedZxid;
    for (;;) {
      await writeMany(engines, leader, session, 60);
      const { done, value } = await engines.settled(backup.next());
      if (done === true) break;
      pieces.push(value);
    }
    expect(pieces.length).toBeGreaterThan(3);
    const { header, replica } = await load(Buffer.concat(pieces));
    expect(header.zxid).toBe(begunZxid);
    expect(one!.engine.machine.lastAppliedZxid).toBeGreaterThan(header.zxid);
    expect(header.checkpoint!.zxid).toBeLessThan(header.zxid);
    expect(header.digest).toBe(digests.get(header.zxid));
    expect(replica.machine.digest).toBe(header.digest);
    expect(replica.position).toMatchObject({ zxid: header.zxid, chainHash: header.chainHash });
  });

  it("lets go of the log when it has ended, and holds it back until then", async () => {
    const { engines, peer } = await startAlone(SMALL);
    const session = await peer.open();
    await writeMany(engines, peer, session, 200);
    const backup = backupOf(engines, peer);
    await engines.settled(backup.next());
    const { header } = await load(await collect(engines, backupOf(engines, peer)));
    await writeMany(engines, peer, session, 400);
    const range = { after: header.checkpoint!.zxid, upTo: header.zxid };
    expect(await engines.settled(engines.storage(1).read(range, 1))).toMatchObject({ kind: "entries" });
    await engines.settled(backup.return());
    await writeMany(engines, peer, session, 200);
    expect(await engines.settled(engines.storage(1).read(range, 1))).toMatchObject({ kind: "purged" });
  });

  it("of a peer without a checkpoint is its log from the first entry on", async () => {
    const { engines, peer } = await startAlone();
    const session = await peer.open();
    await peer.create(session, "/a", "here");
    const { header, replica } = await load(await collect(engines, backupOf(engines, peer)));
    expect(header).toMatchObject({ clusterId: peer.host.clusterId, peerId: 1, checkpoint: null });
    expect(replica.machine.digest).toBe(peer.engine.machine.digest);
  });

  it("is no faster than it may be, and ends with the signal", async () => {
    const { engines, peer } = await startAlone(SMALL);
    await writeMany(engines, peer, await peer.open(), 200);
    const fast = await collect(engines, backupOf(engines, peer));
    const begunMs = engines.clock.nowMs();
    const slow = await collect(engines, backupOf(engines, peer, { bytesPerSecond: 1_000 }));
    expect(slow.length).toBe(fast.length);
    // The last piece, the trailer, waits for all before it.
    expect(engines.clock.nowMs() - begunMs).toBeGreaterThanOrEqual(slow.length - 200);
    const abort = new AbortController();
    const aborted = collect(engines, backupOf(engines, peer, { bytesPerSecond: 1, signal: abort.signal }));
    abort.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
  });

  it("is given up when nobody takes it, when it holds the log for too long, and when the peer stops", async () => {
    const { engines, peer } = await startAlone(SMALL);
    const session = await peer.open();
    await writeMany(engines, peer, session, 200);
    const idle = backupOf(engines, peer);
    await engines.settled(idle.next());
    engines.clock.advance(BACKUP_IDLE_MAX_MS);
    const given = { code: "ABORTED", message: expect.stringMatching(/nobody took/) as unknown };
    await expect(engines.settled(idle.next())).rejects.toMatchObject(given);
    await engines.until("it serves again", () => peer.isServing);
    const slow = backupOf(engines, peer);
    await engines.settled(slow.next());
    const later = await peer.open();
    const before = peer.host.storedSizes.logSizeBytes;
    for (let taken = 0; taken <= BACKUP_CHECKPOINTS_MAX + 1; taken++) await writeMany(engines, peer, later, 80);
    expect(peer.host.storedSizes.logSizeBytes).toBeLessThan(before + 8_000);
    const late = { code: "ABORTED", message: expect.stringMatching(/bytesPerSecond/) as unknown };
    await expect(engines.settled(slow.next())).rejects.toMatchObject(late);
    const stopped = backupOf(engines, peer);
    await engines.settled(stopped.next());
    await engines.settled(peer.host.stop());
    await expect(engines.settled(stopped.next())).rejects.toMatchObject({ code: "PEER_STOPPED" });
    expect(peer.host.backups).toBeNull();
  });

  it("hears while it waits for its time that it has held the log for too long, or that the peer stops", async () => {
    const engines = begin({ voters: 1, ...SMALL });
    const inner = createMemoryLevelStorage();
    let openCount = 0;
    const storage: LogStorage = Object.assign(Object.create(inner) as LogStorage, {
      openCheckpoint: async () => {
        const reader = await inner.openCheckpoint.call(storage);
        if (reader === null) return null;
        openCount += 1;
        let isOpen = true;
        const close = async (): Promise<void> => {
          openCount -= isOpen ? 1 : 0;
          isOpen = false;
          await reader.close();
        };
        return { checkpoint: reader.checkpoint, read: (...range: [number, number]) => reader.read(...range), close };
      },
    });
    const peer = await engines.start(1, { storage });
    await engines.until("it serves", () => peer.isServing);
    const session = await peer.open();
    await writeMany(engines, peer, session, 200);
    const slow = backupOf(engines, peer, { bytesPerSecond: 1 });
    await engines.settled(slow.next());
    expect(openCount).toBe(1);
    const late = { code: "ABORTED", message: expect.stringMatching(/bytesPerSecond/) as unknown };
    const tooLate = slow.next();
    tooLate.catch(() => undefined);
    for (let taken = 0; taken <= BACKUP_CHECKPOINTS_MAX + 1; taken++) await writeMany(engines, peer, session, 80);
    await expect(tooLate).rejects.toMatchObject(late);
    expect(openCount).toBe(0);
    const stopped = backupOf(engines, peer, { bytesPerSecond: 1 });
    await engines.settled(stopped.next());
    const waiting = stopped.next();
    waiting.catch(() => undefined);
    await writeMany(engines, peer, session, 20);
    await engines.settled(peer.host.stop());
    await expect(waiting).rejects.toMatchObject({ code: "PEER_STOPPED" });
    expect(openCount).toBe(0);
  });

  it("is one of a few at a time, and none of a peer that is blank", async () => {
    const { engines, peer } = await startAlone();
    await peer.open();
    const some = Array.from({ length: BACKUPS_MAX }, () => backupOf(engines, peer));
    for (const backup of some) await engines.settled(backup.next());
    await expect(engines.settled(backupOf(engines, peer).next())).rejects.toMatchObject({ code: "THROTTLED_OP" });
    await engines.settled(some[0]!.return());
    expect((await engines.settled(backupOf(engines, peer).next())).done).toBe(false);
    const three = begin({ voters: 3 });
    const lonely = await three.start(1);
    await expect(backupOf(three, lonely).next()).rejects.toMatchObject({ code: "NO_QUORUM" });
  });

  it("says that the log is faulty, and the next checkpoint needs no more than before", async () => {
    const engines = begin({ voters: 1, ...SMALL });
    const inner = createMemoryLevelStorage();
    let isFaulty = false;
    const storage: LogStorage = Object.assign(Object.create(inner) as LogStorage, {
      read: async (...[range, sizeMaxBytes]: Parameters<LogStorage["read"]>) => {
        if (isFaulty) throw new CoterieError("STORE_CORRUPT", "the log is damaged");
        return inner.read(range, sizeMaxBytes);
      },
    });
    const peer = await engines.start(1, { storage });
    await engines.until("it serves", () => peer.isServing);
    const session = await peer.open();
    const checkpoint = (): Promise<StoredCheckpoint | undefined> => checkpointIn(engines, storage);
    while (((await checkpoint())?.deltasSizeBytes ?? 0) === 0) await writeMany(engines, peer, session, 10);
    while ((await checkpoint())!.zxid === peer.engine.machine.lastAppliedZxid)
      await writeMany(engines, peer, session, 10);
    const before = await checkpoint();
    isFaulty = true;
    await expect(collect(engines, backupOf(engines, peer))).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    isFaulty = false;
    while ((await checkpoint())!.zxid === before!.zxid) await writeMany(engines, peer, session, 10);
    expect((await checkpoint())!.deltasSizeBytes).toBeGreaterThan(0);
  });

  it("says that a page is damaged, and the next checkpoint holds everything again", async () => {
    const engines = begin({ voters: 1, ...SMALL });
    const inner = createMemoryLevelStorage();
    let isDamaged = false;
    const storage: LogStorage = Object.assign(Object.create(inner) as LogStorage, {
      openCheckpoint: async () => {
        const reader = await inner.openCheckpoint.call(storage);
        if (reader === null || !isDamaged) return reader;
        const read = (): Promise<never> => Promise.reject(new CoterieError("STORE_CORRUPT", "page 0 is damaged"));
        return { checkpoint: reader.checkpoint, read, close: () => reader.close() };
      },
    });
    const peer = await engines.start(1, { storage });
    await engines.until("it serves", () => peer.isServing);
    const session = await peer.open();
    const checkpoint = (): Promise<StoredCheckpoint | undefined> => checkpointIn(engines, storage);
    const nextCheckpoint = async (): Promise<StoredCheckpoint> => {
      const before = await checkpoint();
      for (;;) {
        await writeMany(engines, peer, session, 10);
        const now = await checkpoint();
        if (now !== undefined && now.zxid !== before?.zxid) return now;
      }
    };
    await nextCheckpoint();
    expect((await nextCheckpoint()).deltasSizeBytes).toBeGreaterThan(0);
    while ((await nextCheckpoint()).deltasSizeBytes > 0);
    isDamaged = true;
    await expect(collect(engines, backupOf(engines, peer))).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    isDamaged = false;
    // Otherwise it would be a delta again.
    expect((await nextCheckpoint()).deltasSizeBytes).toBe(0);
    expect(peer.isServing).toBe(true);
  });
});

describe("a backup that is not what was written", () => {
  let bytes: Buffer;
  beforeAll(async () => {
    const { engines, peer } = await startAlone(SMALL);
    await writeMany(engines, peer, await peer.open(), 100);
    bytes = Buffer.from(await collect(engines, backupOf(engines, peer)));
  });

  it("is whole otherwise", async () => {
    expect(await refusalOf(bytes)).toBeNull();
    expect((await verifyBackup(inPieces(bytes, 1))).zxid).toBeGreaterThan(100);
  });

  it("is refused wherever a bit is another", async () => {
    const flips = fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) });
    const isRefused = async ({ at, bit }: { at: number; bit: number }): Promise<void> => {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << bit;
      // Bytes 14 and 15 are the version.
      expect(await refusalOf(flipped)).toBe(at === 14 || at === 15 ? "STORE_FORMAT_UNKNOWN" : "CHECKPOINT_CORRUPT");
    };
    await fc.assert(fc.asyncProperty(flips, isRefused), {
      numRuns: 200,
      examples: [[{ at: 14, bit: 1 }], [{ at: 16, bit: 7 }]],
    });
  });

  it("is refused wherever it ends, and if it goes on", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (size) => {
        expect(await refusalOf(bytes.subarray(0, size))).toBe("CHECKPOINT_CORRUPT");
      }),
      { numRuns: 200, examples: [[0], [bytes.length - 1]] },
    );
    expect(await refusalOf(Buffer.concat([bytes, Buffer.of(0)]))).toBe("CHECKPOINT_CORRUPT");
  });

  it("is refused where a whole part is missing, doubled or in another place", async () => {
    const parts: Buffer[] = [];
    for (let at = 16; at < bytes.length;) {
      const end = at + bytes.readUInt32LE(at) + 9;
      parts.push(bytes.subarray(at, end));
      at = end;
    }
    expect(parts.length).toBeGreaterThan(3);
    const preamble = bytes.subarray(0, 16);
    for (const [index, part] of parts.entries()) {
      const others = parts.toSpliced(index, 1);
      for (const changed of [others, parts.toSpliced(index, 0, part), index === 0 ? [] : [part, ...others]]) {
        expect(await refusalOf(Buffer.concat([preamble, ...changed]))).toBe("CHECKPOINT_CORRUPT");
      }
    }
  });
});
