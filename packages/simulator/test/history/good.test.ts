import { describe, expect, it } from "vitest";
import {
  children,
  Chronicle,
  CLOSE,
  create,
  created,
  data,
  get,
  names,
  rejectionsOf,
  remove,
  sessionIdOf,
  set,
  stat,
  SYNC,
  takeUp,
} from "./chronicle.ts";

describe("what every history checker lets pass", () => {
  it("the empty history", () => {
    expect(rejectionsOf(new Chronicle())).toEqual([]);
  });

  it("writes, failures and multis", () => {
    const told = new Chronicle().begin();
    told.write(2, set("/a", "1", 0), stat(1)).fail(1, set("/a", "2", 0), "BAD_VERSION");
    told.fail(1, create("/a"), "NODE_EXISTS").fail(2, remove("/none"), "NO_NODE");
    told.write(1, create("/a/b"), created("/a/b")).fail(2, remove("/a"), "NOT_EMPTY");
    told.write(
      2,
      { kind: "multi", calls: [remove("/a/b", 0), set("/a", "3")] },
      { kind: "multi", results: [null, stat(2)] },
    );
    told.fail(2, { kind: "multi", calls: [set("/a", "4"), remove("/a/b")] }, "NO_NODE");
    told.ask(1, get("/a"), 11, data("3", 2, 10)).fail(1, set("/a", "5"), "NO_AUTH");
    told.ask(1, create("bad"), 12, null, { kind: "failed", code: "BAD_ARGUMENTS" });
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("concurrent writes in either order", () => {
    const told = new Chronicle().begin();
    told.commit(4, set("/a", "2"), sessionIdOf(2));
    told.commit(3, set("/a", "1"), sessionIdOf(1));
    told.ask(1, set("/a", "1"), 5, stat(2), { invokedAt: 100, endedAt: 120 });
    told.ask(2, set("/a", "2"), 4, stat(1), { invokedAt: 110, endedAt: 130 });
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("unknown outcomes that took effect, late, or never did", () => {
    const told = new Chronicle().begin();
    told.ask(1, set("/a", "1"), 0, null, { kind: "unknown" }).ask(1, set("/a", "2"), 0, null, { kind: "unknown" });
    told.ask(1, set("/a", "3"), 0, null, { kind: "refused", code: "NO_LEADER" });
    told.ask(2, get("/a"), 3, data("x", 0, 3)).commit(3, set("/a", "1"), sessionIdOf(1));
    told.ask(2, get("/a"), 4, data("1", 1, 4));
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("a reader that lags, and one that may not", () => {
    const told = new Chronicle().begin();
    told.write(1, set("/a", "1"), stat(1)).ask(2, get("/a"), 3, data("x", 0, 3));
    told.ask(2, SYNC, 4, null).ask(2, get("/a"), 4, data("1", 1, 4), { connection: 2 });
    told.write(1, set("/a", "2"), stat(2)).ask(2, get("/a", false, true), 5, data("2", 2, 5), { connection: 2 });
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("sequence names, also after the parent was made anew", () => {
    const told = new Chronicle().begin();
    const call = create("/a/n-", "persistent-sequential");
    const [first, second] = ["/a/n-0000000000", "/a/n-0000000001"];
    told.write(1, call, created(first), {}, create(first, "persistent-sequential"));
    told.write(2, call, created(second), {}, create(second, "persistent-sequential"));
    told.write(1, remove(first), null).write(1, remove(second), null).write(1, remove("/a"), null);
    told
      .write(1, create("/a"), created("/a"))
      .write(1, call, created(first), {}, create(first, "persistent-sequential"));
    told.ask(2, children("/a"), 10, names("n-0000000000"));
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("ephemerals that go with their session, by hand before it, and come again", () => {
    const told = new Chronicle().begin();
    told.write(2, create("/e", "ephemeral"), created("/e")).write(2, create("/f", "ephemeral"), created("/f"));
    told.fail(1, create("/e/x"), "NO_CHILDREN_FOR_EPHEMERALS").write(1, remove("/f"), null);
    told.ask(1, get("/e"), 7, data("", 0, 4)).commit(null, CLOSE, sessionIdOf(2));
    told.ask(1, get("/e"), 8, null, { kind: "failed", code: "NO_NODE" });
    told.open(2, 2, 2).write(2, create("/e", "ephemeral"), created("/e"), { session: 2, connection: 2 });
    told.ask(1, get("/e"), 10, data("", 0, 10)).ask(1, children("/"), 10, names("a", "e", "zookeeper"));
    told.write(2, CLOSE, null, { session: 2, connection: 2 });
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("watches: once for many reads, before the data, and set again after a lost connection", () => {
    const told = new Chronicle().begin();
    told.ask(2, get("/a", true), 3, data("x", 0, 3)).ask(2, get("/a", true), 3, data("x", 0, 3));
    told.write(1, set("/a", "1"), stat(1)).notice(2, "/a", "data-changed", 4);
    told.ask(2, get("/a", true), 4, data("1", 1, 4)).write(1, remove("/a"), null);
    told.ask(2, SYNC, 5, null, { connection: 2 }).notice(2, "/a", "deleted", 5, undefined, 2);
    told.ask(2, get("/a"), 5, null, { connection: 2, kind: "failed", code: "NO_NODE" });
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("watches that are taken up: of what has changed there is an event before the answer, of the others later", () => {
    const again = { connection: 2 };
    const told = new Chronicle().begin().write(1, create("/b"), created("/b")).write(1, create("/c"), created("/c"));
    told.ask(2, get("/a", true), 5, data("x", 0, 3));
    told.ask(2, get("/b", true), 5, data("", 0, 4)).ask(2, get("/c", true), 5, data("", 0, 5));
    // Away: /a is set, /b is deleted and made anew.
    told.write(1, set("/a", "1"), stat(1)).write(1, remove("/b"), null).write(1, create("/b"), created("/b"));
    told.notice(2, "/a", "data-changed", 8, -1, 2).notice(2, "/b", "data-changed", 8, -1, 2);
    told.ask(2, takeUp(5, "/a", "/b", "/c"), 8, null, again);
    told.write(1, remove("/c"), null).notice(2, "/c", "deleted", 9, undefined, 2).ask(2, SYNC, 9, null, again);
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("a session that moves: what it left behind takes effect before, or is refused, and its close is not", () => {
    const told = new Chronicle().begin();
    const first = told.operations.length;
    told.ask(2, set("/a", "1"), 0, null, { kind: "unknown" }).ask(2, set("/a", "2"), 0, null, { kind: "unknown" });
    told.ask(2, CLOSE, 0, null, { kind: "unknown" }).commit(first, set("/a", "1"), sessionIdOf(2));
    told.write(2, set("/a", "3"), stat(2), { connection: 2 });
    told.commit(first + 1, set("/a", "2"), sessionIdOf(2), true);
    told.commit(first + 2, CLOSE, sessionIdOf(2));
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("a watch whose event has not come yet, and of which nothing was shown", () => {
    const told = new Chronicle().begin();
    told.ask(2, get("/a", true), 3, data("x", 0, 3)).write(1, set("/a", "1"), stat(1));
    told.ask(2, get("/a"), 3, data("x", 0, 3));
    expect(rejectionsOf(told)).toEqual([]);
  });

  it("an ephemeral's watch, which its session's end fires", () => {
    const told = new Chronicle().begin();
    told.write(1, create("/e", "ephemeral"), created("/e")).ask(2, get("/e", true), 4, data("", 0, 4));
    told.write(1, CLOSE, null).notice(2, "/e", "deleted", 5).ask(2, children("/a"), 5, names());
    expect(rejectionsOf(told)).toEqual([]);
  });
});
