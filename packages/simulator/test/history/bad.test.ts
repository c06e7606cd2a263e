import { describe, expect, it } from "vitest";
import { checkHistory } from "../../src/history/index.ts";
import { Violation } from "../../src/invariants/invariant.ts";
import {
  children,
  Chronicle,
  CLOSE,
  create,
  created,
  data,
  get,
  names,
  OPEN,
  rejectionsOf,
  remove,
  sessionIdOf,
  set,
  stat,
  SYNC,
  takeUp,
} from "./chronicle.ts";

/** A history that goes wrong in one thing, and the checkers that must reject it: the one that is made for it first. */
interface Bad {
  readonly what: string;
  readonly rejectedBy: readonly string[];
  tell(chronicle: Chronicle): void;
}

const WRITES: readonly Bad[] = [
  {
    what: "a write that ended before another began, with the higher zxid",
    rejectedBy: ["writes-linearizable"],
    tell: (told) => {
      told.commit(4, set("/a", "1"), sessionIdOf(2));
      told.write(1, set("/a", "2"), stat(2)).ask(2, set("/a", "1"), 4, stat(1));
    },
  },
  {
    what: "a result that the txn cannot have given",
    rejectedBy: ["writes-linearizable"],
    tell: (told) => told.write(1, set("/a", "1"), stat(5)),
  },
  {
    what: "a created path that was not asked for",
    rejectedBy: ["writes-linearizable"],
    tell: (told) => told.write(1, create("/b"), created("/c")),
  },
  {
    what: "a txn that took effect though it must fail",
    rejectedBy: ["writes-linearizable"],
    tell: (told) => told.write(1, set("/a", "1", 7), stat(1)),
  },
  {
    what: "a failure where success is right",
    rejectedBy: ["writes-linearizable"],
    tell: (told) => told.fail(1, set("/a", "1", 0), "BAD_VERSION"),
  },
  {
    what: "a failure with the wrong code",
    rejectedBy: ["writes-linearizable"],
    tell: (told) => told.fail(1, remove("/none"), "NOT_EMPTY"),
  },
  {
    what: "a failure by the tree's state that no txn tells",
    rejectedBy: ["writes-linearizable"],
    tell: (told) => told.ask(1, remove("/none"), 3, null, { kind: "failed", code: "NO_NODE" }),
  },
  {
    what: "a write that is answered with another write's zxid",
    rejectedBy: ["writes-linearizable"],
    tell: (told) => {
      told.commit(3, set("/a", "1"), sessionIdOf(2));
      told.ask(2, set("/a", "1"), 9, stat(1));
    },
  },
  {
    what: "a multi of which one half has another result",
    rejectedBy: ["writes-linearizable"],
    tell: (told) =>
      told.write(
        1,
        { kind: "multi", calls: [set("/a", "1"), create("/b")] },
        { kind: "multi", results: [stat(1), created("/a")] },
      ),
  },
  {
    what: "an unknown write that took effect twice",
    rejectedBy: ["unknown-at-most-once"],
    tell: (told) => {
      told.commit(3, set("/a", "1"), sessionIdOf(1));
      told.commit(3, set("/a", "1"), sessionIdOf(1));
      told.ask(1, set("/a", "1"), 0, null, { kind: "unknown" });
    },
  },
  {
    what: "a write that has not ended and took effect twice",
    rejectedBy: ["unknown-at-most-once"],
    tell: (told) => {
      told.commit(3, set("/a", "1"), sessionIdOf(1));
      told.commit(3, set("/a", "1"), sessionIdOf(1));
      told.ask(1, set("/a", "1"), 0, null);
      told.operations[3] = { ...told.operations[3]!, end: null };
    },
  },
  {
    what: "a refused write that took effect",
    rejectedBy: ["unknown-at-most-once"],
    tell: (told) => {
      told.commit(3, set("/a", "1"), sessionIdOf(1));
      told.ask(1, set("/a", "1"), 0, null, { kind: "refused", code: "NO_LEADER" });
    },
  },
  {
    what: "a successful write without effect",
    rejectedBy: ["unknown-at-most-once"],
    tell: (told) => told.ask(1, set("/a", "1"), 4, stat(1)),
  },
];

const SESSIONS: readonly Bad[] = [
  {
    what: "a write over a connection that the session has left, which takes effect late",
    rejectedBy: ["one-connection-at-a-time"],
    tell: (told) => {
      const late = told.operations.length;
      told.ask(1, set("/a", "1"), 0, null, { kind: "unknown" });
      told.write(1, set("/a", "2"), stat(1), { connection: 2 });
      told.commit(late, set("/a", "1"), sessionIdOf(1));
    },
  },
  {
    what: "the same behind nothing but a read over a later connection",
    rejectedBy: ["one-connection-at-a-time"],
    tell: (told) => {
      const late = told.operations.length;
      told.ask(1, set("/a", "1"), 0, null, { kind: "unknown" });
      told.ask(1, get("/a"), 3, data("x", 0, 3), { connection: 2 });
      told.commit(late, set("/a", "1"), sessionIdOf(1));
    },
  },
  {
    what: "the same behind a read over the connection after the next, whose own writes have not been answered",
    rejectedBy: ["one-connection-at-a-time"],
    tell: (told) => {
      const late = told.operations.length;
      told.ask(1, set("/a", "1"), 0, null, { kind: "unknown" });
      told.ask(1, set("/a", "2"), 0, null, { kind: "unknown", connection: 2 });
      told.ask(1, get("/a"), 3, data("x", 0, 3), { connection: 3 });
      told.commit(late, set("/a", "1"), sessionIdOf(1));
    },
  },
  {
    what: "a session that is opened twice",
    rejectedBy: ["session-exactly-once"],
    tell: (told) => told.commit(null, OPEN, sessionIdOf(1)),
  },
  {
    what: "one session for two clients",
    rejectedBy: ["session-exactly-once"],
    tell: (told) => {
      told.commit(3, OPEN, "0x99");
      told.ask(3, OPEN, 4, { kind: "session", sessionId: sessionIdOf(1) });
    },
  },
  {
    what: "a session that is closed twice",
    rejectedBy: ["session-exactly-once"],
    tell: (told) => told.write(2, CLOSE, null).commit(null, CLOSE, sessionIdOf(2)),
  },
  {
    what: "a session that is closed and was never opened",
    rejectedBy: ["session-exactly-once"],
    tell: (told) => told.commit(null, CLOSE, "0x99"),
  },
  {
    what: "an ephemeral that is seen after its session",
    rejectedBy: ["ephemerals", "reads-match-their-zxid"],
    tell: (told) => {
      told.write(2, create("/e", "ephemeral"), created("/e")).write(2, CLOSE, null);
      told.ask(1, get("/e"), 5, data("", 0, 4));
    },
  },
  {
    what: "an ephemeral that is listed after its session has expired",
    rejectedBy: ["ephemerals", "reads-match-their-zxid"],
    tell: (told) => {
      told.write(2, create("/a/e", "ephemeral"), created("/a/e")).commit(null, CLOSE, sessionIdOf(2));
      told.ask(1, children("/a"), 5, names("e"));
    },
  },
  {
    what: "an ephemeral that a closed session creates",
    rejectedBy: ["ephemerals"],
    tell: (told) => told.write(2, CLOSE, null).write(2, create("/e", "ephemeral"), created("/e")),
  },
  {
    what: "an ephemeral that is deleted once more after its session",
    rejectedBy: ["ephemerals", "writes-linearizable"],
    tell: (told) => {
      told.write(2, create("/e", "ephemeral"), created("/e")).write(2, CLOSE, null);
      told.write(1, remove("/e"), null);
    },
  },
  {
    what: "a sequence name that is given twice",
    rejectedBy: ["unique-sequence-names", "writes-linearizable"],
    tell: (told) => {
      const call = create("/a/n-", "persistent-sequential");
      const final = create("/a/n-0000000000", "persistent-sequential");
      told.write(1, call, created("/a/n-0000000000"), {}, final).write(2, remove("/a/n-0000000000"), null);
      told.write(2, call, created("/a/n-0000000000"), {}, final);
    },
  },
  {
    what: "a sequence name without its number",
    rejectedBy: ["unique-sequence-names"],
    tell: (told) => {
      const call = create("/a/n-", "persistent-sequential");
      told.write(1, call, created("/a/n-0000000000"), {}, create("/a/m-0000000000", "persistent-sequential"));
    },
  },
];

const ORDER: readonly Bad[] = [
  {
    what: "a read that does not see the session's own write",
    rejectedBy: ["fifo-per-session"],
    tell: (told) => told.write(1, set("/a", "1"), stat(1)).ask(1, get("/a"), 3, data("x", 0, 3)),
  },
  {
    what: "writes of one session in another order than they were asked in",
    rejectedBy: ["fifo-per-session"],
    tell: (told) => {
      told.commit(4, set("/a", "2"), sessionIdOf(1));
      told.commit(3, set("/a", "1"), sessionIdOf(1));
      told.ask(1, set("/a", "1"), 5, stat(2), { invokedAt: 100, endedAt: 110 });
      told.ask(1, set("/a", "2"), 4, stat(1), { invokedAt: 100, endedAt: 110 });
    },
  },
  {
    what: "replies on one connection in another order than the requests",
    rejectedBy: ["fifo-per-session"],
    tell: (told) => {
      told.ask(1, get("/a"), 3, data("x", 0, 3), { invokedAt: 100, endedAt: 120 });
      told.ask(1, get("/a"), 3, data("x", 0, 3), { invokedAt: 101, endedAt: 110 });
    },
  },
  {
    what: "a read that goes back behind an earlier read",
    rejectedBy: ["monotonic-reads"],
    tell: (told) => {
      told.write(1, set("/a", "1"), stat(1)).ask(2, get("/a"), 4, data("1", 1, 4));
      told.ask(2, get("/a"), 3, data("x", 0, 3), { connection: 2 });
    },
  },
  {
    what: "data of another moment than the zxid says",
    rejectedBy: ["reads-match-their-zxid"],
    tell: (told) => told.write(1, set("/a", "1"), stat(1)).ask(2, get("/a"), 4, data("x", 0, 3)),
  },
  {
    what: "a wrong version, and a wrong mzxid",
    rejectedBy: ["reads-match-their-zxid"],
    tell: (told) => told.ask(2, get("/a"), 3, data("x", 0, 2)),
  },
  {
    what: "children that are not those of the zxid",
    rejectedBy: ["reads-match-their-zxid"],
    tell: (told) => told.write(1, create("/a/b"), created("/a/b")).ask(2, children("/a"), 4, names()),
  },
  {
    what: "a node that is not found where it is",
    rejectedBy: ["reads-match-their-zxid"],
    tell: (told) => told.ask(2, get("/a"), 3, null, { kind: "failed", code: "NO_NODE" }),
  },
  {
    what: "a linearizable read that misses an acknowledged write",
    rejectedBy: ["linearizable-reads"],
    tell: (told) => told.write(1, set("/a", "1"), stat(1)).ask(2, get("/a", false, true), 3, data("x", 0, 3)),
  },
  {
    what: "a linearizable read that misses what another one saw",
    rejectedBy: ["linearizable-reads"],
    tell: (told) => {
      told.write(1, set("/a", "1"), stat(1), { invokedAt: 100, endedAt: 900 });
      told.ask(2, get("/a", false, true), 4, data("1", 1, 4), { invokedAt: 200, endedAt: 210 }).open(3);
      told.operations.pop();
      told.ask(4, get("/a", false, true), 3, data("x", 0, 3), { invokedAt: 300, endedAt: 310 });
    },
  },
  {
    what: "a read behind a sync that misses a write acknowledged before the sync",
    rejectedBy: ["linearizable-reads"],
    tell: (told) => {
      told
        .write(1, set("/a", "1"), stat(1))
        .ask(2, SYNC, 3, null)
        .ask(2, get("/a"), 3, data("x", 0, 3));
    },
  },
];

const WATCHES: readonly Bad[] = [
  {
    what: "a reply that shows a change before its event",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3)).write(1, set("/a", "1"), stat(1));
      told.ask(2, get("/a"), 4, data("1", 1, 4)).notice(2, "/a", "data-changed", 4);
    },
  },
  {
    what: "an event that is lost",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3)).write(1, remove("/a"), null);
      told.ask(2, get("/a"), 4, null, { kind: "failed", code: "NO_NODE" });
    },
  },
  {
    what: "a write's reply before the event that it causes",
    rejectedBy: ["watch-before-data"],
    tell: (told) => told.ask(1, get("/a", true), 3, data("x", 0, 3)).write(1, set("/a", "1"), stat(1)),
  },
  {
    what: "an event that comes twice",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3)).write(1, set("/a", "1"), stat(1));
      told.notice(2, "/a", "data-changed", 4).notice(2, "/a", "data-changed", 4);
    },
  },
  {
    what: "an event of the second change",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3)).write(1, set("/a", "1"), stat(1));
      told.write(1, set("/a", "2"), stat(2)).notice(2, "/a", "data-changed", 5);
    },
  },
  {
    what: "an event of another kind",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3)).write(1, set("/a", "1"), stat(1));
      told.notice(2, "/a", "deleted", 4);
    },
  },
  {
    what: "an event of a change that never was",
    rejectedBy: ["watch-before-data"],
    tell: (told) => told.ask(2, get("/a", true), 3, data("x", 0, 3)).notice(2, "/a", "data-changed", 4),
  },
  {
    what: "a change that was missed on a lost connection, and is not told when watches are set again",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3)).write(1, set("/a", "1"), stat(1));
      told.ask(2, takeUp(3, "/a"), 4, null, { connection: 2 });
    },
  },
  {
    what: "a change that was missed, told as another one",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3)).write(1, set("/a", "1"), stat(1));
      told.notice(2, "/a", "deleted", 4, -1, 2).ask(2, takeUp(3, "/a"), 4, null, { connection: 2 });
    },
  },
  {
    what: "an event of what has not changed when watches are set again",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3));
      told.notice(2, "/a", "data-changed", 3, -1, 2).ask(2, takeUp(3, "/a"), 3, null, { connection: 2 });
    },
  },
  {
    what: "an event of what was not asked for when watches are set again",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3)).write(1, set("/a", "1"), stat(1));
      told.notice(2, "/a", "data-changed", 4, -1, 2).ask(2, takeUp(3), 4, null, { connection: 2 });
    },
  },
  {
    what: "a watch that was set again and does not fire before the data",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, data("x", 0, 3)).ask(2, takeUp(3, "/a"), 3, null, { connection: 2 });
      told.write(1, set("/a", "1"), stat(1)).ask(2, get("/a"), 4, data("1", 1, 4), { connection: 2 });
    },
  },
  {
    what: "an event that nobody watches for",
    rejectedBy: ["watch-before-data"],
    tell: (told) => {
      told.ask(2, get("/a", true), 3, null, { kind: "failed", code: "CONNECTION_LOSS" });
      told.write(1, set("/a", "1"), stat(1)).notice(2, "/a", "data-changed", 4);
    },
  },
  {
    what: "an event on a connection that has heard nothing else",
    rejectedBy: ["watch-before-data"],
    tell: (told) => told.write(1, set("/a", "1"), stat(1)).notice(2, "/a", "data-changed", 4, -1, 7),
  },
];

describe.each([
  ["writes", WRITES],
  ["sessions", SESSIONS],
  ["order", ORDER],
  ["watches", WATCHES],
] as const)("what the history checkers reject: %s", (_, histories) => {
  it.each(histories)("$what", ({ rejectedBy, tell }) => {
    const told = new Chronicle().begin();
    tell(told);
    expect(rejectionsOf(told).toSorted()).toEqual(rejectedBy.toSorted());
    const error = errorOf(() => checkHistory(told));
    expect(error).toBeInstanceOf(Violation);
    expect((error as Violation).invariant).toBe(rejectedBy[0]);
  });
});

function errorOf(run: () => void): unknown {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
}
