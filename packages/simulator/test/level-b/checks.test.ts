import type { Zxid } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import type { Call, CommittedTxn } from "../../src/history/operation.ts";
import { checkCalls } from "../../src/level-b/check/check-calls.ts";
import { checkWatches } from "../../src/level-b/check/check-watches.ts";
import { Timeline } from "../../src/level-b/check/timeline.ts";
import { type CallNote, Notebook, type NotedCall, type NotedResult } from "../../src/level-b/client/notebook.ts";

const S = "0x1";

function txn(zxid: number, ...calls: readonly Call[]): CommittedTxn {
  return { zxid: zxid as Zxid, operation: null, sessionId: S, calls, isError: false };
}

const create = (path: string, data: string): Call => ({ kind: "create", path, data, mode: "persistent" });
const set = (path: string, data: string): Call => ({ kind: "set", path, data, version: -1 });

/** /r is created at 1 and set at 2, 3 and 5. */
const timeline = new Timeline([
  txn(1, create("/r", "a")),
  txn(2, set("/r", "b")),
  txn(3, set("/r", "c")),
  txn(4, create("/q", "q"), set("/r", "m")),
  txn(5, set("/r", "e")),
  txn(6, create("/q/n-0000000000", "s")),
]);

/** Calls one after the other: each begins behind the end of the one before. */
class Story {
  readonly notebook: Notebook = new Notebook();
  private readonly one = this.notebook.session("one");
  private readonly other = this.notebook.session("other");
  private step = 1;

  constructor() {
    this.one.sessionId = S;
    this.other.sessionId = "0x2";
  }

  call(call: NotedCall, end: Partial<Pick<CallNote, "outcome" | "code" | "result">>, isOther = false): this {
    const note = this.notebook.call(isOther ? this.other : this.one, call, this.step, this.step++);
    Object.assign(note, { outcome: "ok", ...end });
    note.endMs = this.step;
    note.endStep = this.step++;
    return this;
  }

  set(data: string, zxid: number, version: number): this {
    return this.call(setOf(data), { result: { kind: "written", path: "/r", zxid, version } });
  }

  get(data: string, version: number, mzxid: number, stalenessMaxMs = Infinity, isOther = false): this {
    const result: NotedResult = { kind: "data", data, version, mzxid };
    return this.call({ kind: "get", path: "/r", stalenessMaxMs }, { result }, isOther);
  }

  check(): void {
    checkCalls(this.notebook.calls, timeline);
  }
}

const setOf = (data: string, version = -1): NotedCall => ({ kind: "set", path: "/r", data, version });
const children = (path: string, ...names: readonly string[]): [NotedCall, { result: NotedResult }] => [
  { kind: "children", path },
  { result: { kind: "children", names, pzxid: 0 } },
];

describe("what clients were told, against the log", () => {
  it("takes what is right", () => {
    const story = new Story()
      .set("b", 2, 1)
      .get("b", 1, 2)
      .set("c", 3, 2)
      .get("c", 2, 3, 0)
      .get("b", 1, 2, Infinity, true)
      .get("b", 1, 2, 7, true);
    story.call(setOf("lost"), { outcome: "unknown", code: "CONNECTION_LOSS" });
    story.call(setOf("e"), { outcome: "unknown", code: "CONNECTION_LOSS" });
    story.call(
      { kind: "create", path: "/r", data: "x", isSequential: false },
      { outcome: "failed", code: "NODE_EXISTS" },
    );
    story.call(...children("/q", "n-0000000000"));
    expect(() => story.check()).not.toThrow();
  });

  it.each<[rule: string, story: Story]>([
    ["acked-survives", new Story().set("z", 2, 1)],
    ["writes-linearizable", new Story().set("b", 3, 1)],
    ["writes-linearizable", new Story().set("b", 2, 2)],
    ["unknown-at-most-once", new Story().call(setOf("b"), { outcome: "failed", code: "BAD_VERSION" })],
    ["fifo-per-session", new Story().set("c", 3, 2).set("b", 2, 1)],
    // It had read what its own later write replaced only later.
    ["fifo-per-session", new Story().get("c", 2, 3).set("b", 2, 1)],
    ["reads-match-their-zxid", new Story().get("b", 2, 2)],
    ["reads-match-their-zxid", new Story().get("never", 1, 2)],
    // A session goes back in time, or does not see its own write.
    ["reads-match-their-zxid", new Story().get("c", 2, 3).get("b", 1, 2)],
    ["reads-match-their-zxid", new Story().set("c", 3, 2).get("b", 1, 2)],
    // Another client may read what is old, but not with a quorum's word.
    ["reads-match-their-zxid", new Story().set("c", 3, 2).get("b", 1, 2, 0, true)],
    [
      "reads-match-their-zxid",
      new Story().set("c", 3, 2).call({ kind: "sync" }, {}, true).get("b", 1, 2, Infinity, true),
    ],
    [
      "reads-match-their-zxid",
      new Story()
        .call({ kind: "exists", path: "/r" }, { result: { kind: "absent" } })
        .get("b", 1, 2)
        .call({ kind: "exists", path: "/r" }, { result: { kind: "absent" } }),
    ],
    ["reads-match-their-zxid", new Story().get("e", 4, 5).call(...children("/q", "n-0000000001"))],
    [
      "unique-sequence-names",
      new Story().call(
        { kind: "create", path: "/q/x-", data: "s", isSequential: true },
        { result: { kind: "written", path: "/q/n-0000000000", zxid: 6, version: 0 } },
      ),
    ],
    ["acked-survives", new Story().call({ kind: "delete", path: "/r" }, { result: { kind: "done" } })],
    // Not the version that it was for.
    ["compare-and-set", new Story().call(setOf("c", 0), { outcome: "unknown", code: "CONNECTION_LOSS" })],
    // Refused by what was over before, and read with a quorum's word.
    [
      "reads-match-their-zxid",
      new Story()
        .set("c", 3, 2)
        .call({ kind: "get", path: "/r", stalenessMaxMs: 0 }, { outcome: "failed", code: "NO_NODE" }, true),
    ],
    [
      "reads-match-their-zxid",
      new Story().get("e", 4, 5).call(setOf("x", 4), { outcome: "failed", code: "BAD_VERSION" }, true),
    ],
    // Older than it may be.
    ["reads-match-their-zxid", new Story().set("c", 3, 2).get("e", 4, 5).get("b", 1, 2, 1, true)],
  ])("rejects what breaks %s", (rule, story) => {
    expect(() => story.check()).toThrow(new RegExp(`^${rule}: `));
  });

  /** /d is created and deleted at 2, created at 3, deleted at 4. */
  const twice = new Timeline([
    txn(1, create("/d", "one")),
    txn(2, { kind: "delete", path: "/d", version: -1 }),
    txn(3, create("/d", "two")),
    txn(4, { kind: "delete", path: "/d", version: -1 }),
  ]);
  const deletes = (...outcomes: readonly CallNote["outcome"][]): Story => {
    const story = new Story();
    for (const outcome of outcomes) story.call({ kind: "delete", path: "/d" }, { outcome });
    return story;
  };

  it("takes each delete once, none that has failed, and an unknown one at most once", () => {
    const check = ({ notebook }: Story): void => checkCalls(notebook.calls, twice);
    for (const outcomes of [
      ["ok", "ok"],
      ["ok", "unknown"],
      ["open", "unknown", "unknown"],
      ["ok", "failed", "ok"],
    ] as const) {
      expect(() => check(deletes(...outcomes))).not.toThrow();
    }
    expect(() => check(deletes("ok"))).toThrow("took effect 2 times, not 1");
    expect(() => check(deletes("ok", "failed"))).toThrow("took effect 2 times, not 1");
    expect(() => check(deletes("ok", "ok", "ok"))).toThrow("acked-survives");
  });

  it("rejects a session that sees what it has deleted", () => {
    const seeing = (mzxid: number): Story =>
      deletes("ok", "ok").call({ kind: "exists", path: "/d" }, { result: { kind: "exists", version: 0, mzxid } });
    expect(() => checkCalls(seeing(3).notebook.calls, twice)).toThrow("reads-match-their-zxid");
    const absent = deletes("ok", "ok").call({ kind: "exists", path: "/d" }, { result: { kind: "absent" } });
    expect(() => checkCalls(absent.notebook.calls, twice)).not.toThrow();
  });

  it("rejects a transaction of which half took effect, and a log that cannot be", () => {
    const half = new Timeline([txn(1, create("/r", "a")), txn(2, set("/r", "m"))]);
    const story = new Story().call({ kind: "multi", path: "/q", data: "m", setPath: "/r" }, { outcome: "unknown" });
    expect(() => checkCalls(story.notebook.calls, half)).toThrow("multi-is-atomic");
    const again = new Timeline([txn(1, create("/r", "a")), txn(2, set("/r", "b")), txn(3, set("/r", "b"))]);
    const unknown = new Story().call(setOf("b"), { outcome: "unknown" });
    expect(() => checkCalls(unknown.notebook.calls, again)).toThrow("took effect 2 times");
    expect(() => new Timeline([txn(1, set("/nowhere", "a"))])).toThrow("must fail with NO_NODE");
  });
});

describe("what watches told, against the log", () => {
  /** Nobody knows of the last change before step 3. */
  const steps = new Map([1, 2, 3, 4, 5].map((zxid) => [zxid, zxid < 5 ? 1 : 3]));
  const tell = (...zxids: readonly number[]): Notebook => {
    const notebook = new Notebook();
    const session = notebook.session("one");
    const watch = notebook.watch(session, "/r", false, 1);
    watch.armedStep = 2;
    for (const zxid of zxids) {
      const kind = zxid < 0 ? "gap" : zxid === 1 ? "created" : "data-changed";
      watch.events.push({ kind, zxid, step: 3 });
    }
    return notebook;
  };
  const check = (notebook: Notebook, isHeld = true): void =>
    checkWatches(notebook.watches, notebook.calls, timeline, steps, () => isHeld);

  const armed = (notebook: Notebook, step: number): Notebook => {
    notebook.watches[0]!.armedStep = step;
    return notebook;
  };

  it("takes what is right", () => {
    for (const events of [
      [1, 2, 3, 4, 5],
      [3, 4, 5],
      [2, -1, 5],
      [2, 3, -1],
    ]) {
      expect(() => check(tell(...events))).not.toThrow();
    }
    expect(() => check(tell(2, 3), false)).not.toThrow();
    expect(() => check(tell(), false)).not.toThrow();
    // What a disk had before it was armed was there before, as far as anybody can say.
    expect(() => check(armed(tell(), 3))).not.toThrow();
  });

  it.each([
    ["leaves one out", [2, 4, 5]],
    ["tells one twice", [3, 3, 4, 5]],
    ["goes back behind a gap", [3, -1, 3, 4, 5]],
    ["tells what did not happen", [5, 7]],
    ["does not tell the last", [2, 3]],
    ["does not tell anything", []],
  ])("rejects a watch that %s", (_, events) => {
    expect(() => check(tell(...events))).toThrow("watch-before-data: ");
  });

  it("rejects one that tells twice where once was asked for", () => {
    const once = (...zxids: readonly number[]): Notebook => {
      const notebook = tell(...zxids);
      notebook.watches[0] = { ...notebook.watches[0]!, once: true };
      return notebook;
    };
    expect(() => check(once(2))).not.toThrow();
    expect(() => check(once(2, 3), false)).toThrow("tells more than once");
  });

  it("takes a gap for what was there before it, and for nothing else", () => {
    const story = (gapStep: number): Notebook => {
      const notebook = tell();
      const { session, events } = notebook.watches[0]!;
      events.push({ kind: "gap", zxid: -1, step: gapStep });
      const write = notebook.call(session, setOf("e"), 5, 5);
      const read = notebook.call(session, { kind: "get", path: "/r", stalenessMaxMs: Infinity }, 6, 6);
      Object.assign(write, { outcome: "unknown", endStep: 6 });
      Object.assign(read, { outcome: "ok", endStep: 7, result: { kind: "data", data: "e", version: 4, mzxid: 5 } });
      return notebook;
    };
    expect(() => check(story(3))).not.toThrow();
    expect(() => check(story(2), false)).toThrow("has not told 5");
    expect(() => check(story(2))).toThrow("has not told 5");
  });

  it("rejects a change that a read shows before it is told", () => {
    const notebook = tell(4);
    const { session } = notebook.watches[0]!;
    const write = notebook.call(session, setOf("e"), 5, 5);
    const read = notebook.call(session, { kind: "get", path: "/r", stalenessMaxMs: Infinity }, 6, 6);
    Object.assign(write, { outcome: "unknown", endStep: 6 });
    Object.assign(read, { outcome: "ok", endStep: 7, result: { kind: "data", data: "e", version: 4, mzxid: 5 } });
    expect(() => check(notebook, false)).toThrow("has not told 5");
    notebook.watches[0]!.events.push({ kind: "data-changed", zxid: 5, step: 7 });
    expect(() => check(notebook, false)).not.toThrow();
  });
});
