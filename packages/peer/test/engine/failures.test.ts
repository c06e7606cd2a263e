import { AssertionError, CoterieError } from "@coterie/interface";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { expect, it } from "vitest";
import { beginsEngines } from "../support/engines.ts";
import { createFailingStorage } from "../support/failing-storage.ts";

const begin = beginsEngines();

it("a write that fails stops the whole peer, once; the others go on, and a new peer on its store does, too", async () => {
  const engines = begin();
  const inner = engines.storage(3);
  const storage = createFailingStorage(inner);
  const peers = [await engines.start(1), await engines.start(2), await engines.start(3, { storage })];
  await engines.until("all serve", () => peers.every((peer) => peer.isServing));
  const broken = peers[2]!;
  expect(engines.leader).toBe(broken);
  storage.failNext("write", new CoterieError("STORE_FULL", "no space"));
  const session = { id: 5n as never, attachment: 1 };
  broken.ask(session, { kind: "delete", path: "/a", version: -1 });
  await engines.until("it has stopped", () => broken.host.state === "stopped");
  expect(broken.handler.reason).toMatchObject({ code: "STORE_FULL", message: "no space" });
  await engines.until("another leads", () =>
    peers.slice(0, 2).some((peer) => peer.engine.role.state === "leading" && peer.isServing),
  );
  broken.engine.confirm(1, "committed");
  // The handler throws at whatever it is told behind its end.
  await engines.pass(20);
  await engines.settled(broken.host.stop());
  expect(broken.handler.told).toEqual(["stopped STORE_FULL"]);
  const again = await engines.start(3);
  await engines.until("it serves", () => again.isServing);
  expect(again.engine.role.state).toBe("following");
});

it.each(["addPages", "purge"] as const)("%s that fails stops the peer", async (call) => {
  const engines = begin({ voters: 1, limits: { checkpointIntervalBytes: 500 } });
  const storage = createFailingStorage(createMemoryLevelStorage());
  const peer = await engines.start(1, { storage });
  await engines.until("it serves", () => peer.isServing);
  const session = await peer.open();
  storage.failNext(call, new CoterieError("STORE_FAILED", "the medium is gone"));
  for (let index = 0; peer.handler.reason === null && index < 100; index++) {
    peer.ask(session, {
      kind: "create",
      path: `/${index}`,
      data: new Uint8Array(100),
      acl: [{ perms: 31, scheme: "world", id: "anyone" }],
      flags: 0,
    });
    await engines.pass(2);
  }
  expect(peer.handler.told).toEqual(["stopped STORE_FAILED"]);
  expect(peer.host.state).toBe("stopped");
});

it("a broken rule stops the peer with its words, and not the process", async () => {
  const engines = begin({ voters: 1 });
  const [peer] = await engines.startAll();
  peer!.handler.later(() => {
    throw new AssertionError("two and two are four");
  });
  peer!.engine.wake();
  await engines.until("it has stopped", () => peer!.host.state === "stopped");
  expect(peer!.handler.reason).toMatchObject({ code: "ASSERTION", message: "two and two are four" });
  expect(peer!.handler.told).toEqual(["stopped ASSERTION"]);
});

it("a store that cannot be opened, or is another peer's, ends the start with its own code", async () => {
  const engines = begin({ voters: 1 });
  await engines.startAll();
  const { ensemble } = engines;
  const locked = engines.create(1);
  await expect(engines.settled(locked.host.start(locked.handler))).rejects.toMatchObject({ code: "STORE_LOCKED" });
  // Whoever has it open keeps it.
  const session = await engines.leader.open();
  expect(await engines.leader.create(session, "/a")).toMatchObject({ kind: "create" });
  await engines.stopAll();
  const foreign = engines.create(2, { ensemble: { 2: ensemble[1]! }, storage: engines.storage(1) });
  await expect(engines.settled(foreign.host.start(foreign.handler))).rejects.toMatchObject({ code: "STORE_FOREIGN" });
  expect([foreign.host.state, foreign.handler.told]).toEqual(["stopped", []]);
  await engines.startAll();
  expect(engines.leader.id).toBe(1);
});

it("options with other voters than the log's are refused, and both are named", async () => {
  const engines = begin();
  await engines.startAll();
  await engines.stopAll();
  const ensemble = { 1: "peer1:2888", 2: "peer2:2888", 4: "peer4:2888" };
  const peer = engines.create(1, { ensemble });
  const refusal = { code: "ENSEMBLE_MISMATCH", message: expect.stringMatching(/1, 2, 3.*1, 2, 4/) };
  await expect(engines.settled(peer.host.start(peer.handler))).rejects.toMatchObject(refusal);
});

it("an address that cannot be listened at ends the start, and frees the store", async () => {
  const engines = begin();
  const peer = engines.create(1, { listen: "elsewhere:1" });
  await expect(engines.settled(peer.host.start(peer.handler))).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
  const peers = await engines.startAll();
  expect(peers.every(({ isServing }) => isServing)).toBe(true);
});

it.each([
  ["an id that is none", { id: 0 }],
  ["a voter that is not of the ensemble", { id: 7 }],
  ["an observer that is", { id: 1, role: "observer" as const }],
  ["an ensemble of nobody", { id: 1, ensemble: {} }],
  ["several peers without a transport", { id: 1, ensemble: { 1: "a:1", 2: "b:1" } }],
])("%s is refused when the engine is made", (_, options) => {
  const engines = begin({ voters: 1 });
  expect(() => engines.create(1, options)).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
});
