import { describe, expect, it } from "vitest";
import type { WriteRequest } from "../../packages/core/src/index.ts";
import { OWNER_CONTAINER } from "../../packages/core/src/tree/owner.ts";
import { createSessionId, type PeerId, SESSION_NONE, type SessionId } from "../../packages/interface/src/index.ts";
import {
  type Asker,
  codeOf,
  container,
  CoreBench,
  create,
  ephemeral,
  remove,
  restored,
  setData,
  ttl,
} from "./core-kit.ts";

describe("sessions and ephemerals", () => {
  it("SE-08: a create behind the close in one pipe fails and leaves nothing", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    bench.commit(ephemeral("/before"), session);
    const txns = [
      bench.prepare({ kind: "closeSession", id: session.sessionId }, session),
      bench.prepare(ephemeral("/e"), session),
      bench.prepare(create("/p"), session),
      bench.prepare({ kind: "multi", ops: [create("/m"), ephemeral("/me")] }, session),
      bench.prepare(setData("/before", null), session),
      bench.prepare(remove("/before"), session),
    ];
    expect(txns.map((txn) => codeOf(bench.apply(txn).outcome))).toEqual([
      "OK",
      "SESSION_EXPIRED",
      "SESSION_EXPIRED",
      "SESSION_EXPIRED",
      "SESSION_EXPIRED",
      "SESSION_EXPIRED",
    ]);
    expect(bench.children("/")).toEqual(["zookeeper"]);
    expect(bench.machine.statistics).toMatchObject({ sessionCount: 0, znodeCount: 4 });
  });

  it("SE-09: an expiry proposed before a create that is in flight wins", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    bench.commit(create("/p"));
    const early = bench.prepare(ephemeral("/p/early"), session);
    const expiry = bench.prepare({ kind: "closeSession", id: session.sessionId });
    const late = bench.prepare(ephemeral("/p/late"), session);
    expect([early, expiry, late].map((txn) => codeOf(bench.apply(txn).outcome))).toEqual([
      "OK",
      "OK",
      "SESSION_EXPIRED",
    ]);
    expect(bench.children("/p")).toEqual([]);
    expect(bench.stat("/p")?.pzxid).toBe(expiry.zxid);
  });

  it("SE-12: an ephemeral of the former session stands until its close is applied, and names its owner", () => {
    const bench = new CoreBench();
    const former = bench.openSession();
    bench.commit(ephemeral("/lock"), former);
    const now = bench.openSession();
    expect(bench.code(ephemeral("/lock"), now)).toBe("NODE_EXISTS");
    expect(bench.stat("/lock")?.ephemeralOwner).toBe(former.sessionId);
    expect(bench.read({ kind: "getEphemerals", prefixPath: null }, now)).toMatchObject({ ephemerals: [] });
    const close = bench.prepare({ kind: "closeSession", id: former.sessionId });
    // Behind the close it may be taken at once; until then whoever reads sees the old owner.
    const taken = bench.prepare(ephemeral("/lock"), now);
    expect(bench.stat("/lock")?.ephemeralOwner).toBe(former.sessionId);
    bench.apply(close);
    expect(bench.stat("/lock")).toBeUndefined();
    expect(codeOf(bench.apply(taken).outcome)).toBe("OK");
    expect(bench.stat("/lock")).toMatchObject({ ephemeralOwner: now.sessionId, czxid: taken.zxid });
  });

  it("SE-15: a session's id follows from peer and zxid, so none is given twice, not even after a restore", () => {
    const bench = new CoreBench();
    const ids = new Set<bigint>();
    let current = bench;
    for (let round = 0; round < 20; round++) {
      for (const peer of [1, 127, 128, 254]) {
        const { sessionId } = current.openSession([], peer);
        expect(sessionId).toBe(createSessionId(peer as PeerId, current.machine.lastAppliedZxid));
        expect(BigInt.asUintN(64, sessionId) >> 56n).toBe(BigInt(peer));
        ids.add(sessionId);
      }
      // The clock steps back, too.
      current = new CoreBench({}, restored(current.machine));
      current.timeMs -= 1_000_000 * round;
    }
    expect(ids.size).toBe(80);
    expect([...current.machine.sessions()].map(({ id }) => id)).toEqual([...ids]);
  });

  it("owners at the ends of a session id are told from containers and TTLs", () => {
    const bench = new CoreBench();
    for (const peer of [1, 127, 128, 254]) {
      const session = bench.openSession([], peer);
      bench.commit(ephemeral(`/e${peer}`), session);
      expect(bench.stat(`/e${peer}`)?.ephemeralOwner).toBe(session.sessionId);
      expect(bench.code(create(`/e${peer}/x`))).toBe("NO_CHILDREN_FOR_EPHEMERALS");
      expect(bench.code({ kind: "deleteContainer", path: `/e${peer}` })).toBe("BAD_VERSION");
      bench.closeSession(session);
      expect(bench.stat(`/e${peer}`)).toBeUndefined();
    }
  });

  it("the reaper's delete spares what a client has made persistent meanwhile", () => {
    const bench = new CoreBench();
    const reap: WriteRequest = { kind: "deleteContainer", path: "/c" };
    bench.commit(container("/c"));
    const inFlight = [remove("/c"), create("/c")].map((request) => bench.prepare(request));
    expect([...inFlight, bench.prepare(reap)].map((txn) => codeOf(bench.apply(txn).outcome))).toEqual([
      "OK",
      "OK",
      "BAD_VERSION",
    ]);
    expect(bench.stat("/c")).toBeDefined();
    for (const again of [container("/c"), ttl("/c", 5)]) {
      bench.commit(remove("/c"));
      bench.commit(again);
      expect(bench.code(reap)).toBe("OK");
      bench.commit(create("/c"));
    }
  });

  it("a close of what is no session changes nothing, in flight neither", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    bench.commit(create("/p"));
    bench.commit(container("/c"));
    bench.commit({ kind: "createTTL", path: "/t", data: null, acl: create("/").acl, flags: 5, ttlMs: 7 });
    const ttlOwner = BigInt.asIntN(64, (0xffn << 56n) | 7n);
    const before = bench.machine.digest;
    for (const id of [SESSION_NONE, OWNER_CONTAINER, ttlOwner, 42n] as SessionId[]) {
      const close = bench.prepare({ kind: "closeSession", id });
      const behind = ["/p", "/c", "/t"].map((path) =>
        bench.prepare({ kind: "multi", ops: [{ kind: "check", path, version: 0 }] }, session),
      );
      expect(bench.apply(close).outcome).toEqual({ kind: "closeSession", id });
      expect(behind.map((txn) => codeOf(bench.apply(txn).outcome))).toEqual(["OK", "OK", "OK"]);
    }
    expect(bench.machine.digest).toBe(before);
  });

  it("closing twice, by the client and by expiry, is closing once", () => {
    const bench = new CoreBench();
    const [one, two] = [bench.openSession(), bench.openSession()];
    bench.commit(ephemeral("/one"), one);
    bench.commit(ephemeral("/two"), two);
    const txns = [one, two, one].map(({ sessionId }) => bench.prepare({ kind: "closeSession", id: sessionId }));
    const taken = bench.prepare(create("/two"));
    for (const txn of [...txns, taken]) expect(codeOf(bench.apply(txn).outcome)).toBe("OK");
    expect(bench.children("/")).toEqual(["zookeeper", "two"]);
    expect(bench.machine.statistics.sessionCount).toBe(0);
    expect(bench.code(remove("/two"))).toBe("OK");
  });

  it("a session belongs to all: its verifier and timeout are restored, and its ephemerals die with it there", () => {
    const bench = new CoreBench();
    const session = bench.openSession();
    bench.commit(create("/p"));
    bench.commit(ephemeral("/p/e"), session);
    const copy = new CoreBench({}, restored(bench.machine));
    const { verifier, timeoutMs, czxid } = bench.machine.session(session.sessionId)!;
    expect(copy.machine.session(session.sessionId)).toMatchObject({ verifier, timeoutMs, czxid });
    expect(copy.read({ kind: "getEphemerals", prefixPath: "/p" }, session)).toMatchObject({ ephemerals: ["/p/e"] });
    copy.closeSession(session);
    expect(copy.children("/p")).toEqual([]);
  });

  it("nobody but the leader writes without a session", () => {
    const bench = new CoreBench();
    const unknown: Asker = { sessionId: 5n as SessionId, identities: [{ scheme: "super", id: "" }] };
    expect(bench.code(create("/a"), unknown)).toBe("SESSION_EXPIRED");
    expect(bench.code({ kind: "multi", ops: [] }, unknown)).toBe("OK");
    expect(bench.code(create("/a"))).toBe("OK");
  });
});
