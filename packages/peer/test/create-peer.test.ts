import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import { createTcpTransport } from "@coterie/transport-tcp";
import { CoterieError, type LogStorage } from "@coterie/interface";
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { createPeer, type Peer, type PeerOptions } from "../src/index.ts";
import { VERSION } from "../src/version.ts";
import { createFailingStorage } from "./support/failing-storage.ts";

const ENSEMBLE = { 1: "a:1", 2: "b:1", 3: "c:1" };
const HOSTS = ["a", "b", "c", "d"];

const peers: Peer[] = [];
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.stop()));
});

function peerOf(network: MemoryNetwork, id: number, options: Partial<PeerOptions> = {}): Peer {
  const peer = createPeer({
    id,
    ensemble: ENSEMBLE,
    storage: createMemoryLevelStorage(),
    transport: network.transport(HOSTS[id - 1]!),
    timing: "dedicated",
    ...options,
  });
  peers.push(peer);
  return peer;
}

function alone(options: Partial<PeerOptions> = {}): Peer {
  const peer = createPeer({ id: 1, ensemble: { 1: "a:1" }, storage: createMemoryLevelStorage(), ...options });
  peers.push(peer);
  return peer;
}

async function startThree(options: Partial<PeerOptions> = {}): Promise<{ network: MemoryNetwork; three: Peer[] }> {
  const network = createMemoryNetwork();
  const three = [1, 2, 3].map((id) => peerOf(network, id, options));
  await Promise.all(three.map((peer) => peer.start()));
  await Promise.all(three.map((peer) => peer.ready()));
  return { network, three };
}

describe("createPeer", () => {
  const storage = createMemoryLevelStorage();
  const transport = createMemoryNetwork().transport("a");
  const good: PeerOptions = { id: 1, ensemble: ENSEMBLE, storage, transport };

  it.each<[string, Partial<Record<keyof PeerOptions, unknown>>, RegExp]>([
    ["an id of 0", { id: 0 }, /1\.\.254/],
    ["an id that does not vote", { id: 4 }, /peer 4/],
    ["an observer that votes", { role: "observer" }, /observer/],
    ["an ensemble without voters", { ensemble: {} }, /no voter/],
    ["no storage", { storage: undefined }, /storage/],
    ["no transport", { transport: undefined }, /transport/],
    ["a timing of no name", { timing: "fast" }, /timing/],
    ["a limit of no name", { limits: { speed: 1 } }, /speed/],
    ["timeouts that exclude each other", { sessions: { timeoutMinMs: 9, timeoutMaxMs: 8 } }, /timeout/],
  ])("refuses %s, and says what to change", (_, options, message) => {
    const refused = (): Peer => createPeer({ ...good, ...options } as PeerOptions);
    expect(refused).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENTS", message: expect.stringMatching(message) }),
    );
  });

  it("starts nothing", () => {
    expect(createPeer(good).status).toMatchObject({ state: "created", clusterId: null, sessionCount: 0, ports: [] });
  });
});

describe("a peer that is alone", () => {
  it("needs no transport, and keeps what it has over a restart", async () => {
    const storage = createMemoryLevelStorage();
    const first = alone({ storage });
    await first.start();
    const session = await first.openSession();
    await session.create("/kept", "here");
    const { clusterId } = first.status;
    await first.stop();
    expect(session.state).toBe("closed");
    const second = alone({ storage });
    await second.start();
    const again = await second.openSession();
    expect((await again.get("/kept")).text()).toBe("here");
    expect(second.status.clusterId).toBe(clusterId);
  });

  it("tells its role, its sessions and its metrics", async () => {
    const peer = alone();
    const events: string[] = [];
    peer.on("role", ({ state, isServing }) => events.push(`${state} ${isServing}`));
    peer.on("session", ({ kind }) => events.push(kind));
    await peer.start();
    const session = await peer.openSession();
    await session.create("/a");
    await session.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(["looking false", "leading false", "leading true", "opened", "closed"]);
    expect(peer.status).toMatchObject({ state: "running", role: { state: "leading", isServing: true }, peers: [] });
    const metrics = peer.metrics();
    expect(metrics).toMatchObject({ znode_count: 5, global_sessions: 0, is_serving: 1, epoch: 1 });
    expect(metrics["cnt_fsynctime"]).toBeGreaterThan(2);
    expect(metrics["cnt_updatelatency"]).toBe(2);
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
  });

  it("listens for ZooKeeper clients, and for more of them later", async () => {
    const transport = createTcpTransport();
    const peer = alone({ zookeeper: [{ transport, address: "127.0.0.1:0" }] });
    await peer.start();
    const port = await peer.listen({ transport, address: "127.0.0.1:0" });
    expect(peer.status.ports).toHaveLength(2);
    await port.close();
    expect(peer.status.ports).toHaveLength(1);
    await expect(peer.listen({ transport, address: "nonsense" })).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
  });

  it("refuses what comes too early or too late", async () => {
    const peer = alone();
    await expect(peer.openSession()).rejects.toMatchObject({
      code: "PEER_STOPPED",
      message: expect.stringMatching(/call start first/) as unknown,
    });
    await peer.start();
    await expect(peer.start()).rejects.toMatchObject({ code: "PEER_STOPPED" });
    await peer.stop();
    await expect(peer.openSession()).rejects.toMatchObject({ code: "PEER_STOPPED" });
    await expect(peer.ready()).rejects.toMatchObject({ code: "PEER_STOPPED" });
    await peer.stop();
  });

  it("does not start when the signal says so", async () => {
    const peer = alone();
    await expect(peer.start({ signal: AbortSignal.abort(new Error("not today")) })).rejects.toThrow("not today");
    const slow = alone({ storage: opensNever() });
    const abort = new AbortController();
    const starting = slow.start({ signal: abort.signal });
    abort.abort(new Error("too slow"));
    await expect(starting).rejects.toThrow("too slow");
    expect(slow.status.state).toBe("stopped");
  });

  it("stops as a unit when its store fails, and leaves the process alone", async () => {
    const storage = createFailingStorage(createMemoryLevelStorage());
    const peer = alone({ storage });
    const fatal = new Promise<CoterieError>((resolve) => peer.once("fatal", resolve));
    await peer.start();
    const session = await peer.openSession();
    storage.failNext("write", new CoterieError("STORE_FAILED"));
    await expect(session.create("/a")).rejects.toMatchObject({ outcome: "unknown" });
    expect((await fatal).code).toBe("STORE_FAILED");
    expect(session.state).toBe("lost");
    await expect(peer.openSession()).rejects.toMatchObject({ code: "PEER_STOPPED" });
    expect(peer.status.state).toBe("stopped");
  });

  it("rejects with PEER_STOPPED what waited when its store failed, and says why", async () => {
    const storage = createFailingStorage(createMemoryLevelStorage());
    const peer = alone({ storage });
    await peer.start();
    const session = await peer.openSession();
    const lost = new Promise((resolve) => session.once("state", (state, reason) => resolve([state, reason?.code])));
    storage.failNext("write", new CoterieError("STORE_FAILED"));
    const cause = expect.objectContaining({ code: "STORE_FAILED" });
    await expect(peer.openSession()).rejects.toMatchObject({ code: "PEER_STOPPED", cause });
    expect(await lost).toEqual(["lost", "PEER_STOPPED"]);
  });
});

describe("an ensemble", () => {
  it("serves at every peer, and an observer is told everything", async () => {
    const { network, three } = await startThree();
    const observer = peerOf(network, 4, { role: "observer" });
    await observer.start();
    const [writer, reader] = [await three[0]!.openSession(), await observer.openSession()];
    await writer.create("/a", "seen");
    expect((await reader.get("/a", { consistency: "linearizable" })).text()).toBe("seen");
    expect(observer.status.role.state).toBe("observing");
    expect(three.map(({ status }) => status.role.state).toSorted()).toEqual(["following", "following", "leading"]);
  });

  it("says who is missing where there is no quorum", async () => {
    const network = createMemoryNetwork();
    const peer = peerOf(network, 1);
    await peer.start();
    const late = {
      code: "NO_QUORUM",
      message: expect.stringMatching(/no quorum within 50 ms.*peer 2 at b:1: .+; peer 3 at c:1: .+/) as unknown,
    };
    await expect(peer.openSession({ deadlineMs: 50 })).rejects.toMatchObject(late);
    await expect(peer.ready({ deadlineMs: 50 })).rejects.toMatchObject(late);
    const abort = AbortSignal.abort(new Error("enough"));
    await expect(peer.ready({ signal: abort })).rejects.toThrow("enough");
    await expect(peer.openSession({ signal: abort })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("refuses a peer with other voters, and prints both", async () => {
    const network = createMemoryNetwork();
    const storage = createMemoryLevelStorage();
    const first = peerOf(network, 1, { storage, ensemble: { 1: "a:1" } });
    await first.start();
    await first.ready();
    await first.stop();
    const second = peerOf(network, 1, { storage });
    await expect(second.start()).rejects.toMatchObject({
      code: "ENSEMBLE_MISMATCH",
      message: expect.stringMatching(/1;.*1, 2, 3/) as unknown,
    });
  });

  it("hands leadership over when its leader stops, and no call of the others fails", async () => {
    const { three } = await startThree();
    const leader = three.find(({ status }) => status.role.state === "leading")!;
    const others = three.filter((peer) => peer !== leader);
    const sessions = await Promise.all(others.map((peer) => peer.openSession()));
    const writes = sessions.map(async (session, index) => {
      for (let count = 0; count < 200; count++) await session.create(`/${index}-${count}`);
    });
    await sessions[0]!.create("/begun");
    await leader.stop();
    await Promise.all(writes);
    expect(others.map(({ status }) => status.role.state).toSorted()).toEqual(["following", "leading"]);
    expect((await sessions[0]!.children("/")).children).toHaveLength(402);
  });
});

it("says the version that its package has", () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(manifest).toMatchObject({ version: VERSION });
});

function opensNever(): LogStorage {
  const storage = createMemoryLevelStorage();
  return Object.assign(Object.create(storage) as LogStorage, {
    open: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      return storage.open();
    },
  });
}
