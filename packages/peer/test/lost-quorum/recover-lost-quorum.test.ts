import {
  chainHash,
  type ChainHash,
  createZxid,
  type Epoch,
  type HardState,
  type LogEntry,
  type LogPosition,
  type LogStorage,
  type PeerId,
  type RecoveredLog,
  SESSION_NONE,
  type WallTimeMs,
  type Zxid,
} from "@coterie/interface";
import { encodeEnsembleConfig, TAG_CONFIG, TAG_TXN } from "@coterie/consensus";
import { createStateMachine } from "@coterie/core";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createMemoryNetwork } from "@coterie/transport-memory";
import { afterEach, describe, expect, it } from "vitest";
import { createPeer, type Peer, recoverLostQuorum, restoreBackup, type SurvivingStore } from "../../src/index.ts";
import { gather, inPieces, load } from "../backup/support.ts";

const CLUSTER = "0123456789abcdef0123456789abcdef";
const OPEN_ACL = [{ perms: 31, scheme: "world", id: "anyone" }];

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A log as an ensemble would have written it: the founding entry, then a znode `/e-n` for each `[epoch, count]`, n from 1. */
function logOf(voterCount: number, epochs: readonly (readonly [epoch: number, count: number])[]): LogEntry[] {
  const voters = Array.from({ length: voterCount }, (_, index) => {
    return { peer: (index + 1) as PeerId, weight: 1, group: 1, address: `h${index + 1}:1` };
  });
  const entries: LogEntry[] = [];
  const append = (zxid: Zxid, tag: number, bytes: Uint8Array): void => {
    const previous = entries.at(-1)?.chainHash ?? (0 as ChainHash);
    entries.push({ zxid, tag, bytes, chainHash: chainHash(previous, zxid, tag, bytes) });
  };
  append(createZxid(0, 1), TAG_CONFIG, encodeEnsembleConfig({ clusterId: CLUSTER, voters }));
  const machine = createStateMachine();
  for (const [epoch, count] of epochs) {
    for (let counter = 1; counter <= count; counter++) {
      const zxid = createZxid(epoch, counter);
      const context = { zxid, timeMs: 1 as WallTimeMs, sessionId: SESSION_NONE, cxid: 0, identities: [] };
      const path = `/${epoch}-${counter}`;
      const txn = machine.prepare({ kind: "create", path, data: null, acl: OPEN_ACL, flags: 0 }, context);
      append(zxid, TAG_TXN, txn);
      machine.apply(zxid, txn);
    }
  }
  return entries;
}

interface StoreSpec extends Partial<HardState> {
  readonly entries: readonly LogEntry[];
  readonly committed?: Zxid;
}

/** What a peer has left behind. */
async function storeOf(peerId: number, { entries, committed, ...hardState }: StoreSpec): Promise<SurvivingStore> {
  const storage = createMemoryLevelStorage();
  const last = entries.at(-1)!.zxid;
  const epoch = Math.floor(last / 2 ** 32) as Epoch;
  const base = { clusterId: CLUSTER, peerId: peerId as PeerId, incarnation: peerId, isAmnesiac: false };
  await storage.open();
  await storage.write({
    hardState: { ...base, acceptedEpoch: epoch, currentEpoch: epoch, ...hardState },
    append: entries,
    committed: committed ?? entries[0]!.zxid,
  });
  await storage.close();
  return { name: `store ${peerId}`, storage };
}

/** A store of which `open` says something else than it holds. */
function saying(store: SurvivingStore, change: Partial<RecoveredLog & { readonly kind: "open" }>): SurvivingStore {
  const { storage } = store;
  const open = async (): Promise<RecoveredLog> => ({ ...(await storage.open()), ...change }) as RecoveredLog;
  const other = { supports: storage.supports, open } as LogStorage;
  other.close = () => storage.close();
  other.read = (...range) => storage.read(...range);
  other.openCheckpoint = () => storage.openCheckpoint();
  return { name: store.name, storage: other };
}

async function recover(
  stores: readonly SurvivingStore[],
  options: Parameters<typeof recoverLostQuorum>[1] = {},
): ReturnType<typeof recoverLostQuorum> {
  const recovery = await recoverLostQuorum(stores, options);
  closers.push(() => recovery.close());
  return recovery;
}

describe("of what is left of an ensemble", () => {
  it("one of three is taken with all that it has, committed or not", async () => {
    const entries = logOf(3, [[1, 5]]);
    const { report, backup } = await recover([await storeOf(2, { entries, committed: createZxid(1, 3) })]);
    expect(report).toMatchObject({
      clusterId: CLUSTER,
      voters: [1, 2, 3],
      missing: [1, 3],
      chosen: "store 2",
      zxid: createZxid(1, 5),
      committedZxid: createZxid(1, 3),
    });
    expect(report.doubts).toEqual([expect.stringMatching(/peers 1, 3/), expect.stringMatching(/behind 0x100000003/)]);
    const { header, replica } = await load(await gather(backup()));
    expect(header).toMatchObject({ zxid: report.zxid, digest: report.digest, peerId: 2, acceptedEpoch: 1 });
    expect(replica.machine.statistics.znodeCount).toBe(report.znodeCount);
  });

  it("the later epoch goes before the longer log, and the longer log before the higher id", async () => {
    const longer = await storeOf(1, {
      entries: logOf(5, [[1, 9]]),
      currentEpoch: 1 as Epoch,
      acceptedEpoch: 7 as Epoch,
    });
    const later = await storeOf(2, {
      entries: logOf(5, [
        [1, 4],
        [2, 1],
      ]),
    });
    const { report, backup } = await recover([longer, later]);
    expect([report.chosen, report.zxid]).toEqual(["store 2", createZxid(2, 1)]);
    // What the other one has promised counts, too.
    expect((await load(await gather(backup()))).header.acceptedEpoch).toBe(7);
    const one = await storeOf(3, { entries: logOf(5, [[1, 6]]), committed: createZxid(1, 6) });
    const two = await storeOf(4, { entries: logOf(5, [[1, 5]]) });
    expect((await recover([two, one])).report).toMatchObject({ chosen: "store 3", committedZxid: createZxid(1, 6) });
  });

  it("a quorum needs no recovery", async () => {
    const entries = logOf(3, [[1, 2]]);
    const stores = [await storeOf(1, { entries }), await storeOf(2, { entries })];
    const refusal = {
      code: "BAD_ARGUMENTS",
      message: expect.stringMatching(/1, 2 are a quorum.*start them/) as unknown,
    };
    await expect(recover(stores)).rejects.toMatchObject(refusal);
    expect(await stores[0]!.storage.open()).toMatchObject({ kind: "open" });
  });

  it("what may have forgotten something is taken if it is all there is, and the operator says so", async () => {
    const store = await storeOf(1, { entries: logOf(3, [[1, 2]]), isAmnesiac: true });
    await expect(recover([store])).rejects.toMatchObject({
      code: "DATA_INCONSISTENCY",
      message: expect.stringMatching(/--accept-amnesia/) as unknown,
    });
    const { report } = await recover([store], { acceptsAmnesia: true });
    expect(report.doubts.at(-1)).toMatch(/store 1 may have forgotten/);
    expect(report.survivors[0]!.flaw).toMatch(/forgotten/);
  });

  it("an amnesiac that holds no more than a sound one does no harm", async () => {
    const sound = await storeOf(1, { entries: logOf(5, [[1, 3]]) });
    const amnesiac = await storeOf(2, { entries: logOf(5, [[1, 2]]), isAmnesiac: true });
    const { report } = await recover([amnesiac, sound]);
    expect(report.chosen).toBe("store 1");
    expect(report.doubts[0]).toMatch(/only peers 3, 4, 5, 2 had behind 0x100000003/);
    expect(report.doubts.at(-1)).toMatch(/store 2 may have forgotten/);
  });

  it("where a store of each voter is left, doubts name those that may have forgotten", async () => {
    const entries = logOf(3, [[1, 2]]);
    const stores = [
      await storeOf(1, { entries, isAmnesiac: true }),
      await storeOf(2, { entries }),
      await storeOf(3, { entries, isAmnesiac: true }),
    ];
    const { report } = await recover(stores);
    expect(report).toMatchObject({ missing: [], chosen: "store 2" });
    expect(report.doubts).toEqual([
      expect.stringMatching(/only peers 1, 3 had/),
      expect.stringMatching(/kept/),
      expect.stringMatching(/store 1 may/),
      expect.stringMatching(/store 3 may/),
    ]);
  });
});

describe("it cannot be told, and is refused", () => {
  const doubtful = (message: RegExp): object => ({
    code: "DATA_INCONSISTENCY",
    message: expect.stringMatching(message) as unknown,
  });

  it("if a damaged store may hold more", async () => {
    const entries = logOf(5, [[1, 6]]);
    const sound = await storeOf(1, { entries: entries.slice(0, 3) });
    const fault = { after: entries[2] as LogPosition, upTo: entries[5] as LogPosition };
    const faulty = saying(await storeOf(2, { entries }), { faults: [fault] });
    await expect(recover([sound, faulty])).rejects.toMatchObject(doubtful(/store 2: entries .* leave out/));
    const amnesiac = await storeOf(3, { entries: entries.slice(0, 1), isAmnesiac: true, currentEpoch: 2 as Epoch });
    await expect(recover([sound, amnesiac])).rejects.toMatchObject(doubtful(/store 3: it may have forgotten/));
    expect((await recover([sound])).report.chosen).toBe("store 1");
    await expect(recover([faulty])).rejects.toMatchObject(doubtful(/coterie doctor/));
  });

  it("if only reading shows that an entry is gone: nothing is applied over the gap", async () => {
    const entries = logOf(3, [[1, 5]]);
    const whole = await storeOf(2, { entries });
    const { storage } = saying(whole, {});
    const [before, gone] = [entries[2]!, entries[3]!];
    storage.read = async (range, sizeMaxBytes) => {
      if (range.after >= gone.zxid) return whole.storage.read(range, sizeMaxBytes);
      if (range.after < before.zxid) return whole.storage.read({ ...range, upTo: before.zxid }, sizeMaxBytes);
      return { kind: "faulty", fault: { after: before, upTo: gone } };
    };
    const refusal = { code: "STORE_CORRUPT", message: expect.stringMatching(/does not lead up to its end/) as unknown };
    await expect(recover([{ name: "store 2", storage }])).rejects.toMatchObject(refusal);
  });

  it("if a store says nothing of what it held", async () => {
    const sound = await storeOf(1, { entries: logOf(3, [[1, 2]]) });
    const empty = { name: "store 2", storage: createMemoryLevelStorage() };
    await expect(recover([sound, empty])).rejects.toMatchObject(doubtful(/store 2: it holds no store/));
    await sound.storage.open();
    await expect(recover([sound])).rejects.toMatchObject(doubtful(/STORE_LOCKED/));
  });

  it("if something is committed that the best log lacks, or another history is", async () => {
    const rolledBack = await storeOf(1, {
      entries: logOf(5, [
        [1, 2],
        [2, 1],
      ]),
      currentEpoch: 3 as Epoch,
    });
    const ahead = await storeOf(2, {
      entries: logOf(5, [
        [1, 2],
        [2, 4],
      ]),
      committed: createZxid(2, 4),
    });
    await expect(recover([rolledBack, ahead])).rejects.toMatchObject(doubtful(/store 2: 0x200000004 is committed/));
    const strange = await storeOf(3, {
      entries: logOf(5, [
        [1, 2],
        [2, 1],
      ]),
    });
    const other = logOf(5, [
      [1, 1],
      [2, 1],
    ]);
    const parted = await storeOf(4, { entries: other, committed: createZxid(2, 1) });
    await expect(recover([strange, parted])).rejects.toMatchObject(doubtful(/store [34]: its history .* is another/));
  });

  it("if the stores do not belong together", async () => {
    const entries = logOf(3, [[1, 1]]);
    const one = await storeOf(1, { entries });
    const foreign = await storeOf(2, { entries, clusterId: "other" });
    await expect(recover([one, foreign])).rejects.toMatchObject({ code: "STORE_FOREIGN" });
    await expect(recover([one, await storeOf(1, { entries })])).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(recover([])).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(recover([one], { force: true } as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });
});

describe("the ensemble that is restored of it", () => {
  async function start(
    count: number,
    stores: ReadonlyMap<number, LogStorage>,
    network = createMemoryNetwork(),
  ): Promise<Peer[]> {
    const ensemble = Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, `h${index + 1}:1`]));
    const peers = [...stores].map(([id, storage]) => {
      return createPeer({ id, ensemble, storage, transport: network.transport(`h${id}`), timing: "dedicated" });
    });
    closers.push(...peers.map((peer) => () => peer.stop()));
    await Promise.all(peers.map((peer) => peer.start()));
    return peers;
  }

  it.each([
    [3, [2]],
    [5, [1, 4]],
  ])(
    "of %d voters with %j left has all that was acknowledged there, and keeps the lost ones out",
    async (count, left) => {
      const stores = new Map(Array.from({ length: count }, (_, index) => [index + 1, createMemoryLevelStorage()]));
      const old = await start(count, stores);
      const session = await old[left[0]! - 1]!.openSession();
      for (let index = 0; index < 20; index++) await session.create(`/n-${index}`, "kept");
      await session.create("/lock", "", { mode: "ephemeral" });
      for (const id of left) await (await old[id - 1]!.openSession()).get("/n-19", { consistency: "linearizable" });
      await Promise.all(old.map((peer) => peer.stop()));
      const { report, backup, close } = await recover(
        left.map((id) => ({ name: `store ${id}`, storage: stores.get(id)! })),
      );
      expect(report.missing).toHaveLength(count - left.length);
      const bytes = await gather(backup());
      await close();
      const ensemble = Object.fromEntries([...stores.keys()].map((id) => [id, `h${id}:1`]));
      const fresh = new Map([...stores.keys()].map((id) => [id, createMemoryLevelStorage()]));
      let clusterId: string | undefined;
      for (const [id, storage] of fresh) {
        const given = clusterId === undefined ? {} : { clusterId };
        ({ clusterId } = await restoreBackup(inPieces(bytes), { storage, id, ensemble, ...given }));
      }
      const network = createMemoryNetwork();
      const lost = report.missing[0]!;
      const majority = new Map([...fresh].filter(([id]) => id !== lost));
      const peers = await start(count, majority, network);
      const again = await peers[0]!.openSession();
      for (let index = 0; index < 20; index++) expect((await again.get(`/n-${index}`)).text()).toBe("kept");
      expect(await again.exists("/lock")).toBeNull();
      const [back] = await start(count, new Map([[lost, stores.get(lost)!]]), network);
      const heard = (): (string | null)[] => back!.status.peers.map(({ lastError }) => lastError);
      await expect.poll(heard).toContainEqual(expect.stringMatching(/cluster/));
      expect(back!.status.role.isServing).toBe(false);
    },
  );
});
