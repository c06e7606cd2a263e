import { PASSWORD_SIZE_BYTES } from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import type { SessionId } from "@coterie/interface";
import { LOOKING } from "./fake-engine.ts";
import { create, get, ServingWorld } from "./serving-world.ts";

describe("opening a session", () => {
  it("tells the client once the session's txn is applied here", () => {
    const world = new ServingWorld();
    world.engine.holdsRequests = true;
    const client = world.connect({ timeoutMs: 10_000 });
    expect(client.told).toEqual([]);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.engine.run();
    expect(client.told).toEqual(["connected"]);
    expect(client.session!.password).toHaveLength(PASSWORD_SIZE_BYTES);
    expect(client.session!.timeoutMs).toBe(10_000);
    expect(world.engine.machine.session(client.id)?.timeoutMs).toBe(10_000);
    expect(world.changes).toEqual(["opened"]);
  });

  it.each([
    [0, 4_000],
    [-1, 4_000],
    [1e9, 40_000],
  ])("grants a timeout within the bounds for %i", (asked, granted) => {
    const world = new ServingWorld();
    expect(world.connect({ timeoutMs: asked }).session!.timeoutMs).toBe(granted);
  });

  it("replicates what proves the password, and not the password", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const { verifier } = world.engine.machine.session(client.id)!;
    expect(verifier).toHaveLength(32);
    expect(Buffer.from(verifier).includes(Buffer.from(client.session!.password))).toBe(false);
  });

  it("gives different passwords", () => {
    const world = new ServingWorld();
    expect(world.connect().session!.password).not.toEqual(world.connect().session!.password);
  });

  it("lets requests wait until the session is there", () => {
    const world = new ServingWorld();
    const client = world.begin();
    world.later(() => {
      client.served!.submit(1, create("/a"));
      client.served!.submit(2, get("/a"));
    });
    world.engine.run();
    expect(client.told).toEqual(["connected", 1, 2]);
    expect(client.replies.map(({ code }) => code)).toEqual([null, null]);
  });

  it("is not served while the peer does not serve, or too many wait", () => {
    const world = new ServingWorld({ handshakesMax: 1 });
    world.engine.holdsRequests = true;
    const first = world.connect();
    expect(world.connect().served).toBeNull();
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.engine.run();
    expect(first.told).toEqual(["connected"]);
    world.engine.become(LOOKING);
    expect(world.connect().served).toBeNull();
  });

  it("frees the place of a client that goes before its session is there", () => {
    const world = new ServingWorld({ handshakesMax: 1 });
    world.engine.holdsRequests = true;
    const client = world.connect();
    world.act(() => client.served!.drop());
    const other = world.connect();
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.engine.run();
    expect(client.told).toEqual([]);
    expect(other.told).toEqual(["connected"]);
  });

  it("ends when the leader does not take it", () => {
    const world = new ServingWorld();
    world.engine.holdsRequests = true;
    const client = world.connect();
    world.engine.refuseRequests();
    world.engine.run();
    expect(client.told).toEqual(["abandoned"]);
  });
});

describe("taking a session up again", () => {
  it("keeps id and password, and closes the older connection when the attachment is applied", () => {
    const world = new ServingWorld();
    const older = world.connect();
    const newer = world.reconnect(older);
    expect(newer.session).toEqual(older.session);
    expect(older.told).toEqual(["connected", "moved"]);
    expect(world.serving.connectedCount).toBe(1);
    expect(world.changes).toEqual(["opened"]);
  });

  it.each(["a wrong password", "a session that is not there", "an empty password"])(
    "refuses %s as expired",
    (which) => {
      const world = new ServingWorld();
      const real = world.connect();
      const { password } = real.session!;
      const wrong = password.map((byte) => byte ^ 1);
      const id = which === "a session that is not there" ? (7n as SessionId) : real.id;
      const shown = which === "a wrong password" ? wrong : which === "an empty password" ? new Uint8Array(0) : password;
      const guess = world.connect({ session: { id, password: shown } });
      expect(guess.told).toEqual(["expired"]);
      // Who guesses an id does not bounce the one who has the session.
      expect(real.told).toEqual(["connected"]);
      expect(world.askOne(real, get("/")).code).toBeNull();
      expect(world.changes).toEqual(["opened"]);
    },
  );

  it("does not take a client back in time", () => {
    const world = new ServingWorld();
    const client = world.connect();
    const lastZxidSeen = world.engine.machine.lastAppliedZxid;
    const session = { id: client.id, password: client.session!.password };
    expect(world.connect({ session, lastZxidSeen: lastZxidSeen + 1 }).told).toEqual(["behind"]);
    expect(world.connect({ session, lastZxidSeen }).told).toEqual(["connected"]);
    // Whether a session is gone only a peer that is not behind can say.
    const gone = { id: 7n as SessionId, password: new Uint8Array(16) };
    expect(world.connect({ session: gone, lastZxidSeen: lastZxidSeen + 9 }).told).toEqual(["behind"]);
  });

  it("says expired if the leader says so", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.holdsRequests = true;
    const newer = world.reconnect(client);
    world.engine.expire(client.id);
    world.engine.holdsRequests = false;
    world.engine.run();
    expect(client.told).toEqual(["connected", "expired"]);
    expect(newer.told).toEqual(["expired"]);
    expect(world.changes).toEqual(["opened", "expired"]);
  });

  it("loses the session to an attachment at another peer", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.attachElsewhere(client.id);
    world.engine.run();
    expect(client.told).toEqual(["connected", "moved"]);
    expect(world.engine.machine.session(client.id)).toBeDefined();
  });

  it("takes nothing for its own that an earlier connection had asked for", () => {
    const world = new ServingWorld();
    const older = world.connect();
    world.engine.holdsRequests = true;
    world.act(() => older.served!.submit(1, create("/late")));
    const late = world.engine.requests.splice(0);
    const newer = world.reconnect(older);
    world.engine.commitAll();
    world.later(() => newer.served!.submit(5, create("/new")));
    world.engine.run();
    world.engine.requests.unshift({ ...late[0]!, cxid: 9 } as (typeof late)[0]);
    world.engine.commitAll();
    world.engine.run();
    expect(newer.told).toEqual(["connected", 5]);
    expect(newer.replies[0]!.code).toBeNull();
    expect(older.told).toEqual(["connected", "moved"]);
  });
});

describe("the end of connections", () => {
  it("says that the session has expired if an earlier connection of it has closed it, whatever was asked meanwhile", () => {
    const world = new ServingWorld();
    const older = world.connect();
    world.engine.holdsRequests = true;
    world.act(() => older.served!.submit(1, { kind: "closeSession" }));
    const late = world.engine.requests.splice(0);
    world.engine.holdsRequests = false;
    const newer = world.reconnect(older);
    world.engine.holdsRequests = true;
    world.act(() => newer.served!.submit(1, create("/a")));
    world.engine.requests.unshift(...late);
    world.engine.holdsRequests = false;
    world.engine.wake();
    world.engine.run();
    expect(newer.told).toEqual(["connected", "expired"]);
  });

  it("abandons all when the machine is another one", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.ask(client, get("/", true));
    world.engine.replaceMachine(world.engine.machine);
    world.engine.run();
    expect(client.end).toBe("abandoned");
  });

  it("tells everyone that the peer has stopped, at once", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.engine.stop();
    expect(client.told).toEqual(["connected", "stopped"]);
    expect(world.stopReason?.code).toBe("PEER_STOPPED");
    expect(world.serving.isServing).toBe(false);
  });

  it("closes the session behind everything that came before", () => {
    const world = new ServingWorld();
    const client = world.connect();
    world.ask(client, create("/a", 1), { kind: "closeSession" }, create("/b"));
    expect(client.told).toEqual(["connected", 1, 2, "closed"]);
    expect(world.engine.machine.session(client.id)).toBeUndefined();
    expect(world.changes).toEqual(["opened", "closed"]);
    const other = world.connect();
    expect(world.ask(other, get("/a"), get("/b")).map(({ code }) => code)).toEqual(["NO_NODE", "NO_NODE"]);
  });

  it("leaves no watch behind, whatever the end", () => {
    const world = new ServingWorld();
    const clients = [world.connect(), world.connect(), world.connect()];
    for (const client of clients) world.ask(client, get("/", true), get("/zookeeper", true));
    expect(world.engine.machine.statistics.watcherCount).toBe(3);
    world.act(() => clients[0]!.served!.drop());
    world.ask(clients[1]!, { kind: "closeSession" });
    world.engine.expire(clients[2]!.id);
    world.engine.run();
    expect(world.engine.machine.statistics.watcherCount).toBe(0);
    expect(world.serving.traffic.outstandingCount).toBe(0);
    expect(clients.map(({ end }) => end)).toEqual([null, "closed", "expired"]);
  });
});
