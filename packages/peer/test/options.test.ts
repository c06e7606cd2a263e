import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createMemoryNetwork } from "@coterie/transport-memory";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPeer, type Peer, type PeerOptions } from "../src/index.ts";

/** As from where types are not checked. */
// oxlint-disable-next-line typescript/no-explicit-any -- what it is about
type Anything = any;

const ENSEMBLE = { 1: "a:1", 2: "b:1", 3: "c:1" };
const transport = createMemoryNetwork().transport("a");
const good: PeerOptions = { id: 1, ensemble: ENSEMBLE, storage: createMemoryLevelStorage(), transport };
const alone: PeerOptions = { id: 1, ensemble: { 1: "a:1" }, storage: createMemoryLevelStorage() };
const silent = (): void => undefined;

function refused(message: RegExp): object {
  return expect.objectContaining({ code: "BAD_ARGUMENTS", message: expect.stringMatching(message) }) as object;
}

describe("createPeer", () => {
  it.each<[Anything]>([[undefined], [null], ["x"], [[]]])("refuses %o in place of options", (options) => {
    expect(() => createPeer(options)).toThrow(refused(/the options of createPeer are .*any of id, ensemble/));
  });

  it.each<[object, RegExp]>([
    [{ zookeper: [] }, /"zookeper" is no option of createPeer; there are .*zookeeper/],
    [{ id: "1" }, /id is "1"/],
    [{ ensemble: ["a:1"] }, /ensemble is an array/],
    [{ ensemble: new Map([[1, "a:1"]]) }, /ensemble is a value of type object/],
    [{ ensemble: { 1: 2888 } }, /ensemble has 2888 as address of peer 1/],
    [{ ensemble: { ...ENSEMBLE, x: "d:1" } }, /ensemble names "x"/],
    [{ storage: "./data" }, /storage is ".\/data"/],
    [{ storage: () => createMemoryLevelStorage() }, /storage is a function.*call it/],
    [{ transport: () => transport }, /transport is a function.*call it/],
    [{ transport: {} }, /transport is a value of type object, and has to be a Transport/],
    [{ transport: null }, /transport is null/],
    [{ role: 1 }, /role is 1/],
    [{ listen: 5 }, /listen of createPeer is 5/],
    [{ timing: "fast" }, /timing is "fast"/],
    [{ sessions: 5 }, /sessions of createPeer is 5/],
    [{ sessions: { tickMs: "2000" } }, /tickMs of sessions is "2000"/],
    [{ sessions: { tick: 2 } }, /"tick" is no option of sessions/],
    [{ superDigest: "x" }, /superDigest is not of the form user:base64/],
    [{ logger: {} }, /logger .*without debug, info, warn, error/],
    [{ logger: { debug: silent, info: silent, error: silent } }, /without warn/],
    [{ logger: true }, /logger is true/],
    [{ limits: { clientQueueMaxBytes: "5" } }, /clientQueueMaxBytes is "5"/],
    [{ limits: { speed: 5 } }, /speed.*linkQueueMaxBytes/],
    [{ enforceQuota: "yes" }, /enforceQuota of createPeer is "yes"/],
    [{ zookeeper: 2181 }, /zookeeper is 2181/],
    [{ zookeeper: [{ transport, address: 5 }] }, /address of a ZooKeeper port is 5/],
    [{ zookeeper: [{ address: "a:2" }] }, /transport of a ZooKeeper port is undefined/],
    [{ zookeeper: [{ transport }] }, /needs an address/],
    [{ zookeeper: [{ transport, address: "a:2", fourLetterWords: "ruok" }] }, /fourLetterWords is "ruok"/],
    [{ zookeeper: [{ transport, address: "a:2", fourLetterWords: ["nope"] }] }, /has "nope", and there are .*ruok/],
    [{ zookeeper: [{ transport, address: "a:2", connectionsMax: -1 }] }, /connectionsMax/],
    [{ zookeeper: [{ transport, address: "a:2", sessionsMax: -1 }] }, /sessionsMax/],
    [{ zookeeper: [{ transport, address: "a:2", requestsPerSecondMax: 9 }] }, /requestsPerSecondMax.*10/],
    [{ zookeeper: [{ transport, address: "a:2", port: 2 }] }, /"port" is no option of a ZooKeeper port/],
  ])("refuses %o, and says what it is", (options, message) => {
    expect(() => createPeer({ ...good, ...options } as Anything)).toThrow(refused(message));
  });

  it("takes every option", () => {
    const options: Required<Omit<PeerOptions, "clock" | "random">> = {
      ...good,
      storage: good.storage,
      transport,
      role: "voter",
      observerHosts: ["observers.example"],
      listen: "a:2",
      timing: "dedicated",
      zookeeper: [
        {
          transport,
          address: "a:3",
          fourLetterWords: ["*"],
          connectionsPerIpMax: 0,
          keepsSessions: true,
          sessionsMax: 0,
          requestsPerSecondMax: 0,
        },
      ],
      sessions: { tickMs: 1_000 },
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      limits: { sessionRequestsMax: 5 },
      extendedTypesEnabled: false,
      enforceQuota: true,
      superDigest: "super:D/InIHSb7yEEbrWz8b9l71RjZJU=",
    };
    expect(createPeer(options).status.state).toBe("created");
  });
});

describe("a peer that runs", () => {
  const peers: Peer[] = [];
  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.stop()));
  });

  async function started(options: Partial<PeerOptions> = {}): Promise<Peer> {
    const peer = createPeer({ ...alone, storage: createMemoryLevelStorage(), ...options });
    peers.push(peer);
    await peer.start();
    return peer;
  }

  it.each<[Anything, RegExp]>([
    [5, /the options of openSession are 5/],
    [null, /the options of openSession are null/],
    [{ auth: "x" }, /"auth" is no option of openSession/],
    [{ sessionTimeoutMs: Number.NaN }, /sessionTimeoutMs .*not NaN/],
    [{ sessionTimeoutMs: -5 }, /sessionTimeoutMs .*not -5/],
    [{ sessionTimeoutMs: "9" }, /sessionTimeoutMs .*not "9"/],
    [{ deadlineMs: Number.NaN }, /deadlineMs is NaN/],
    [{ deadlineMs: -5 }, /deadlineMs is -5/],
    [{ deadlineMs: Infinity }, /deadlineMs is Infinity/],
    [{ signal: 5 }, /signal is 5/],
    [{ chroot: 5 }, /chroot of openSession is 5/],
    [{ chroot: "foo" }, /"foo" is no path/],
  ])("opens no session with %o", async (options, message) => {
    const peer = await started();
    await expect(peer.openSession(options)).rejects.toThrow(refused(message));
    expect(peer.status.sessionCount).toBe(0);
  });

  it("waits for no quorum, and opens no port, with options that are none", async () => {
    const peer = await started();
    await expect(peer.ready({ deadlineMs: "5" } as Anything)).rejects.toThrow(refused(/deadlineMs is "5"/));
    await expect(peer.listen({ port: 5 } as Anything)).rejects.toThrow(refused(/"port" is no option/));
  });

  describe("with a logger that fails", () => {
    const warned: string[] = [];
    const take = (warning: Error): void => void warned.push(warning.message);
    beforeEach(() => {
      warned.length = 0;
      process.on("warning", take);
    });
    afterEach(() => process.off("warning", take));

    it.each<[string, () => unknown]>([
      [
        "throws",
        () => {
          throw new Error("no log");
        },
      ],
      ["rejects", async () => Promise.reject(new Error("no log"))],
    ])("serves when it %s, and warns", async (_, fail) => {
      const logger = { debug: fail, info: fail, warn: fail, error: fail } as Anything;
      const peer = await started({ logger });
      await using session = await peer.openSession();
      expect((await session.create("/a")).path).toBe("/a");
      await vi.waitFor(() => expect(warned).toContain("the logger has failed"));
    });
  });
});
