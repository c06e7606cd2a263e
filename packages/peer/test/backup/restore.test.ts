import { createReadStream } from "node:fs";
import { createSeededRandom, epochOf, type LogStorage, type WallTimeMs, type Zxid } from "@coterie/interface";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createPeer, type Peer, restoreBackup, type Restored, type RestoreOptions } from "../../src/index.ts";
import { gather, inPieces, load, withHeader } from "./support.ts";

const ENSEMBLE = { 1: "a:1", 2: "b:1", 3: "c:1" };
const HOSTS = ["a", "b", "c"];

const peers: Peer[] = [];
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.stop()));
});

async function start(network: MemoryNetwork, stores: Readonly<Record<number, LogStorage>>): Promise<Peer[]> {
  const started = Object.entries(stores).map(([id, storage]) => {
    const transport = network.transport(HOSTS[Number(id) - 1]!);
    return createPeer({ id: Number(id), ensemble: ENSEMBLE, storage, transport, timing: "dedicated" });
  });
  peers.push(...started);
  await Promise.all(started.map((peer) => peer.start()));
  return started;
}

function blankStores(): Record<number, LogStorage> {
  return { 1: createMemoryLevelStorage(), 2: createMemoryLevelStorage(), 3: createMemoryLevelStorage() };
}

interface Old {
  readonly stores: Readonly<Record<number, LogStorage>>;
  readonly bytes: Uint8Array;
  readonly clusterId: string;
  readonly lastZxid: number;
}

/** A cluster with a znode, a lock that is held, and a write behind the backup; it has stopped. */
async function oldCluster(): Promise<Old> {
  const stores = blankStores();
  const three = await start(createMemoryNetwork(), stores);
  const session = await three[0]!.openSession();
  await session.create("/kept", "here");
  await session.create("/lock", "held", { mode: "ephemeral" });
  const bytes = await gather(three[0]!.backup());
  await session.create("/later", "gone");
  const { clusterId, lastZxid } = three[0]!.status;
  await Promise.all(three.map((peer) => peer.stop()));
  return { stores, bytes, clusterId: clusterId!, lastZxid };
}

function restore(
  bytes: Uint8Array,
  storage: LogStorage,
  id: number,
  options: Partial<RestoreOptions> = {},
): Promise<Restored> {
  return restoreBackup(inPieces(bytes), { storage, id, ensemble: ENSEMBLE, ...options });
}

/** All voters, from one backup. */
async function restoreAll(bytes: Uint8Array, stores: Readonly<Record<number, LogStorage>>): Promise<Restored[]> {
  const done: Restored[] = [];
  for (const [id, storage] of Object.entries(stores)) {
    const clusterId = done[0]?.clusterId;
    done.push(await restore(bytes, storage, Number(id), clusterId === undefined ? {} : { clusterId }));
  }
  return done;
}

describe("a restored ensemble", () => {
  it("has what the backup held, in a later epoch, without its sessions, and goes on", async () => {
    const old = await oldCluster();
    const stores = blankStores();
    const restored = await restoreAll(old.bytes, stores);
    const { header } = await load(old.bytes);
    expect(restored[0]).toMatchObject({ from: header, sessionCount: 1, epoch: header.acceptedEpoch + 1024 });
    for (const other of restored) expect(other).toEqual(restored[0]);
    const three = await start(createMemoryNetwork(), stores);
    const session = await three[1]!.openSession();
    expect((await session.get("/kept")).text()).toBe("here");
    expect(await session.exists("/lock")).toBeNull();
    expect(await session.exists("/later")).toBeNull();
    expect((await session.get("/zookeeper/config")).text()).toContain("server.3=c:1:1:participant");
    await session.create("/next", "on it goes");
    expect((await (await three[2]!.openSession()).get("/next", { consistency: "linearizable" })).text()).toMatch(/on/);
    const { clusterId, lastZxid, role } = three[1]!.status;
    expect(clusterId).toBe(restored[0]!.clusterId);
    expect(clusterId).not.toBe(old.clusterId);
    // Clients that have seen the end of the old cluster are served.
    expect(restored[0]!.zxid).toBeGreaterThan(old.lastZxid);
    expect(epochOf(lastZxid as Zxid)).toBe(role.epoch);
    expect(role.epoch).toBe(restored[0]!.epoch + 1);
  });

  it("starts again from what the restore has written, and is backed up as any other", async () => {
    const old = await oldCluster();
    const stores = blankStores();
    const [first] = await restoreAll(old.bytes, stores);
    const before = await start(createMemoryNetwork(), stores);
    await (await before[0]!.openSession()).create("/more");
    await Promise.all(before.map((peer) => peer.stop()));
    const again = await start(createMemoryNetwork(), stores);
    expect((await (await again[0]!.openSession()).get("/kept")).text()).toBe("here");
    const { header } = await load(await gather(again[0]!.backup()));
    expect(header.clusterId).toBe(first!.clusterId);
    expect(header.checkpoint).toMatchObject({ zxid: first!.zxid, digest: first!.digest });
  });

  it("takes in a voter that comes with nothing, once a majority was restored; one alone never serves", async () => {
    const old = await oldCluster();
    const stores = blankStores();
    await restoreAll(old.bytes, { 1: stores[1]!, 2: stores[2]! });
    const three = await start(createMemoryNetwork(), stores);
    const session = await three[2]!.openSession();
    expect((await session.get("/kept")).text()).toBe("here");
    await Promise.all(three.map((peer) => peer.stop()));
    const single = blankStores();
    await restore(old.bytes, single[1]!, 1);
    const stuck = await start(createMemoryNetwork(), single);
    await Promise.all(
      stuck.map((peer) => expect(peer.ready({ deadlineMs: 300 })).rejects.toMatchObject({ code: "NO_QUORUM" })),
    );
    expect(stuck[1]!.status.clusterId).toBeNull();
  });

  it("refuses a peer of the old cluster that comes back, and says why at both ends", async () => {
    const old = await oldCluster();
    const stores = blankStores();
    await restoreAll(old.bytes, stores);
    const network = createMemoryNetwork();
    const [first] = await start(network, { 1: stores[1]!, 2: stores[2]! });
    await first!.ready();
    const [back] = await start(network, { 3: old.stores[3]! });
    const errorOf = (peer: Peer, id: number): string | null =>
      peer.status.peers.find((other) => other.id === id)!.lastError;
    await expect.poll(() => errorOf(back!, 1)).toMatch(/PEER_CLUSTER_MISMATCH|cluster/);
    await expect.poll(() => errorOf(first!, 3)).toMatch(/PEER_CLUSTER_MISMATCH|cluster/);
    expect(back!.status.role.isServing).toBe(false);
    expect(back!.status.clusterId).toBe(old.clusterId);
    const session = await first!.openSession();
    expect(await session.exists("/later")).toBeNull();
  });
});

describe("a restore", () => {
  let old: Old;
  beforeAll(async () => {
    old = await oldCluster();
  });

  it("never goes over a store, and leaves an empty one empty if the backup is damaged", async () => {
    const { bytes, stores } = old;
    await expect(restore(bytes, stores[1]!, 1)).rejects.toMatchObject({
      code: "STORE_FOREIGN",
      message: expect.stringMatching(/holds the store of peer 1/) as unknown,
    });
    const storage = createMemoryLevelStorage();
    for (const size of [0, 100, bytes.length - 1]) {
      const cut = restore(bytes.subarray(0, size), storage, 1);
      await expect(cut).rejects.toMatchObject({ code: "CHECKPOINT_CORRUPT" });
    }
    expect(await storage.open()).toEqual({ kind: "blank" });
    await storage.close();
  });

  it("hears of a stream that fails before it is read, and ends one that it does not need", async () => {
    const missing = createReadStream(new URL("missing", import.meta.url));
    const refused = restoreBackup(missing, { storage: createMemoryLevelStorage(), id: 1, ensemble: ENSEMBLE });
    await expect(refused).rejects.toMatchObject({ code: "ENOENT" });
    const whole = createReadStream(new URL(import.meta.url));
    const notEmpty = restoreBackup(whole, { storage: old.stores[1]!, id: 1, ensemble: ENSEMBLE });
    await expect(notEmpty).rejects.toMatchObject({ code: "STORE_FOREIGN" });
    expect(whole.destroyed).toBe(true);
    const failing = createReadStream(new URL("missing", import.meta.url));
    const unread = createReadStream(new URL(import.meta.url));
    for (const stream of [failing, unread]) {
      const misread = restoreBackup(stream, { storage: createMemoryLevelStorage(), id: 4, ensemble: ENSEMBLE });
      await expect(misread).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
      expect(stream.destroyed).toBe(true);
    }
  });

  it("that is cut short leaves a store that is believed nothing", async () => {
    const { bytes } = old;
    const storage = createMemoryLevelStorage();
    const failing = Object.assign(Object.create(storage) as LogStorage, {
      addPages: () => Promise.reject(new Error("the power is gone")),
      close: () => Promise.resolve(),
    });
    await expect(restore(bytes, failing, 1)).rejects.toThrow("the power is gone");
    expect(Object.getPrototypeOf(failing)).toBe(storage);
    await storage.close.call(failing);
    const found = await storage.open();
    expect(found).toMatchObject({ kind: "open", hardState: { isAmnesiac: true, acceptedEpoch: 0 }, last: { zxid: 0 } });
    await storage.close();
  });

  it.each<[string, Partial<RestoreOptions>]>([
    ["other addresses", { ensemble: { ...ENSEMBLE, 3: "d:1" } }],
    ["other voters", { ensemble: { 1: "a:1", 2: "b:1" } }],
    ["another raise of the epoch", { epochRaise: 7 }],
  ])("refuses the cluster id of one with %s", async (_, options) => {
    const { bytes } = old;
    const { clusterId } = await restore(bytes, createMemoryLevelStorage(), 1);
    const other = restore(bytes, createMemoryLevelStorage(), 2, { clusterId, ...options });
    await expect(other).rejects.toMatchObject({
      code: "BAD_ARGUMENTS",
      message: expect.stringMatching(/another backup/) as unknown,
    });
  });

  it("refuses the cluster id of one from a backup at the same zxid that was made at another time", async () => {
    const { bytes } = old;
    const { clusterId, from, sessionCount } = await restore(bytes, createMemoryLevelStorage(), 1);
    expect(sessionCount).toBe(1);
    const later = await withHeader(bytes, { madeAtMs: (from.madeAtMs + 1) as WallTimeMs });
    const other = restore(later, createMemoryLevelStorage(), 2, { clusterId });
    await expect(other).rejects.toMatchObject({
      code: "BAD_ARGUMENTS",
      message: expect.stringMatching(/another backup/) as unknown,
    });
    // The same bytes are the same backup.
    const same = await restore(await withHeader(bytes, {}), createMemoryLevelStorage(), 2, { clusterId });
    expect(same.clusterId).toBe(clusterId);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["an id that does not vote", { id: 4 }, /peer 4/],
    ["no ensemble", { ensemble: undefined }, /ensemble/],
    ["a cluster id of one's own", { clusterId: "mine" }, /leave it out/],
    ["an epoch that there is not", { epochRaise: 2 ** 21 }, /the most/],
    ["a misspelt option", { clusterID: "" }, /clusterID/],
  ])("refuses %s", async (_, options, message) => {
    const { bytes } = old;
    const refused = restore(bytes, createMemoryLevelStorage(), 1, options);
    await expect(refused).rejects.toMatchObject({
      code: "BAD_ARGUMENTS",
      message: expect.stringMatching(message) as unknown,
    });
  });

  it("draws another cluster id each time, from the chance that it is given", async () => {
    const { bytes } = old;
    const ids = [1, 1, 2].map(async (seed) => {
      return (await restore(bytes, createMemoryLevelStorage(), 1, { random: createSeededRandom(seed) })).clusterId;
    });
    const [one, same, other] = await Promise.all(ids);
    expect(one).toBe(same);
    expect(one).not.toBe(other);
  });
});

it("a backup refuses options that are none", async () => {
  const [peer] = await start(createMemoryNetwork(), blankStores());
  const refusal = expect.objectContaining({ code: "BAD_ARGUMENTS" });
  expect(() => peer!.backup({ bytesPerSecond: 0 })).toThrow(refusal);
  expect(() => peer!.backup({ bytesPerSecond: 65_535 })).toThrow(refusal);
  await expect(peer!.backup({ bytesPerSecond: 65_536 }).return()).resolves.toMatchObject({ done: true });
  expect(() => peer!.backup({ speed: 1 } as never)).toThrow(refusal);
});
