import { createPeer, type Peer, type PeerOptions } from "@coterie/peer";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createTcpTransport } from "@coterie/transport-tcp";
import { beforeEach, describe, expect, it } from "vitest";
import { credentialsOf } from "../../packages/transport-tcp/test/credentials.ts";
import { freePorts } from "../support/free-ports.mjs";
import { closeAfterEach } from "./support/close-after-each.ts";
import { Log, until } from "./support/hosted-peer.ts";

// Goal: an observer is given the whole tree, so it is nobody whom the voters were not told of, though it stands in no list of voters.

const closing = closeAfterEach();
let address = "";
beforeEach(async () => {
  const [port] = await freePorts(1);
  address = `127.0.0.1:${port}`;
});

/** A peer of an ensemble of one voter, with this certificate; that of `peer` is for 127.0.0.1 and peer.example. */
async function start(
  holder: string,
  options: Partial<PeerOptions>,
): Promise<{ readonly peer: Peer; readonly log: Log }> {
  const log = new Log();
  const peer = createPeer({
    id: 1,
    ensemble: { 1: address },
    storage: createMemoryLevelStorage(),
    transport: createTcpTransport({ security: { kind: "certificate", credentials: credentialsOf(holder) } }),
    timing: "dedicated",
    logger: log.logger,
    ...options,
  });
  closing(() => peer.stop());
  await peer.start();
  return { peer, log };
}

/** The voter, with something to read. */
async function startVoter(observerHosts?: readonly string[]): Promise<{ readonly peer: Peer; readonly log: Log }> {
  const voter = await start("peer", { listen: address, ...(observerHosts === undefined ? {} : { observerHosts }) });
  const session = await voter.peer.openSession();
  await session.create("/told", "to members");
  await session.close();
  return voter;
}

describe("an observer with a certificate", () => {
  it("for one of the observers' hosts follows, serves reads, and may write", async () => {
    await startVoter(["10.9.8.7", "elsewhere.example"]);
    const { peer } = await start("elsewhere", { id: 9, role: "observer" });
    await peer.ready();
    const session = await peer.openSession();
    expect((await session.get("/told")).text()).toBe("to members");
    await session.create("/written", "by an observer");
    expect((await session.get("/written")).text()).toBe("by an observer");
    expect(peer.status.role.state).toBe("observing");
  });

  it.each([
    ["elsewhere", undefined, "of which no host is known"],
    ["elsewhere", ["observer.example"], "which is known as observer.example"],
    ["elsewhere", ["127.0.0.1"], "which is known as 127.0.0.1"],
    ["nameless", ["localhost", "elsewhere.example"], "which is known as localhost, elsewhere.example"],
  ])("of %s is told nothing where observers are for %j", async (holder, observerHosts, why) => {
    const { log } = await startVoter(observerHosts);
    const { peer } = await start(holder, { id: 9, role: "observer" });
    await until("the observer has heard that it is refused", () =>
      peer.status.peers.some(({ lastError }) => lastError !== null),
    );
    await until("the voter has said why", () => log.messages.some((message) => message.includes(why)));
    expect(log.codes).toContain("IDENTITY_REFUSED");
    const { clusterId, lastZxid, peers } = peer.status;
    expect([clusterId, lastZxid, peers.some(({ isLinked }) => isLinked)]).toEqual([null, 0, false]);
  });

  it("of theirs is no voter, whatever he says: the voter that he calls himself is known by its own host", async () => {
    const [port] = await freePorts(1);
    const ensemble = { 1: address, 2: `127.0.0.1:${port}` };
    const { peer, log } = await start("peer", { ensemble, observerHosts: ["elsewhere.example"] });
    const impostor = await start("elsewhere", { id: 2, ensemble });
    await until("the voter has said why", () =>
      log.messages.some((message) => message.includes("which is known as 127.0.0.1")),
    );
    expect(log.codes).toContain("IDENTITY_REFUSED");
    for (const { status } of [peer, impostor.peer]) {
      expect([status.clusterId, status.role.isServing]).toEqual([null, false]);
      expect(status.peers.some(({ isLinked }) => isLinked)).toBe(false);
    }
  });

  it.each([["elsewhere.example:2888"], ["*.example"], [""], [5]])("is not looked for at %j: no host", (host) => {
    const options = {
      id: 1,
      ensemble: { 1: "a:1" },
      storage: createMemoryLevelStorage(),
      observerHosts: [host as string],
    };
    expect(() => createPeer(options)).toThrow(/observerHosts has .* no DNS name or IP address/);
  });
});
