import { describe, expect, it } from "vitest";
import type { Call, Operation, Result, SessionEnd } from "../history/operation.d.mts";
import { checkHistory } from "./check-history.mjs";

type Options = Partial<Omit<Operation, "call" | "result">> & { readonly result?: Result | null };

/** What clients did, one after the other unless an operation says when it was begun and answered. */
class Past {
  readonly operations: Operation[] = [];
  readonly ends: SessionEnd[] = [];
  private atMs = 0;

  did(call: Call, options: Options = {}): this {
    const id = options.id ?? `op-${this.operations.length + 1}`;
    const [begunMs, endMs] = [this.atMs + 1, this.atMs + 2];
    this.atMs = endMs;
    const base = { id, client: "a", work: "registers", session: "0x1", begunMs, endMs, outcome: "ok" as const };
    this.operations.push({ ...base, code: null, seen: 0, call, result: null, ...options });
    return this;
  }

  set(data: string, zxid: number, version: number, options: Options = {}): this {
    const call: Call = { kind: "set", path: "/r", data, version: -1 };
    return this.did(call, { seen: zxid, result: { kind: "written", states: [{ zxid, version }] }, ...options });
  }

  create(data: string, zxid: number, options: Options = {}): this {
    const call: Call = { kind: "create", path: "/r", data, version: -1 };
    return this.did(call, { seen: zxid, result: { kind: "written", states: [{ zxid, version: 0 }] }, ...options });
  }

  get(data: string, mzxid: number, version: number, seen: number, options: Options = {}): this {
    const call: Call = { kind: "get", path: "/r", isLinearizable: false };
    return this.did(call, { seen, result: { kind: "state", data, version, mzxid }, ...options });
  }

  list(path: string, names: readonly string[], seen: number, options: Options = {}): this {
    const call: Call = { kind: "children", path, isLinearizable: true };
    return this.did(call, { seen, result: { kind: "children", names }, ...options });
  }

  sequence(path: string, name: string, zxid: number, options: Options = {}): this {
    const call: Call = { kind: "sequence", path };
    return this.did(call, { seen: zxid, result: { kind: "named", path: name, zxid }, ...options });
  }

  rules(stepsMax?: number): string[] {
    const verdict = checkHistory(this, stepsMax === undefined ? {} : { stepsMax });
    return [...new Set(verdict.violations.map(({ rule }) => rule))];
  }
}

const linearizable: Options = { outcome: "ok" };
const confirmed: Call = { kind: "get", path: "/r", isLinearizable: true };
const unknown: Options = { outcome: "unknown", endMs: Infinity, seen: 0, result: null, code: "CONNECTION_LOSS" };
const other: Options = { client: "b", session: "0x2" };

describe("the zxid-witness check", () => {
  it("passes writes, reads, refusals and a write that was never answered, and counts them", () => {
    const past = new Past().create("a", 1).set("b", 2, 1).get("b", 2, 1, 2);
    past.did({ kind: "set", path: "/r", data: "lost", version: 1 }, unknown);
    past.get("lost", 4, 2, 5, other).set("c", 6, 3, other);
    past.did(
      { kind: "set", path: "/r", data: "late", version: 1 },
      { ...other, outcome: "failed", code: "BAD_VERSION", seen: 7 },
    );
    const verdict = checkHistory(past);
    expect(verdict).toMatchObject({ verdict: "passed", violations: [], undecided: [] });
    expect(verdict.counts).toMatchObject({
      operations: 7,
      "operations: unknown": 1,
      "states in order": 4,
      refusals: 1,
    });
  });

  it("takes a history in which nothing has succeeded for none", () => {
    const past = new Past().did({ kind: "sync" }, unknown);
    expect(checkHistory(past)).toMatchObject({ verdict: "unknown", undecided: ["no operation has succeeded"] });
  });

  it("finds a read that is not the state at its zxid", () => {
    expect(new Past().create("a", 1).set("b", 2, 1).get("a", 1, 0, 2, other).rules()).toEqual([
      "reads match their zxid",
    ]);
    expect(new Past().create("a", 5).get("a", 5, 0, 4, other).rules()).toEqual(["reads match their zxid"]);
  });

  it("finds a read that sees nothing where there is something", () => {
    const past = new Past().create("a", 1);
    past.did(
      { kind: "get", path: "/r", isLinearizable: false },
      { ...other, outcome: "failed", code: "NO_NODE", seen: 3 },
    );
    expect(past.rules()).toEqual(["reads match their zxid"]);
  });

  it("finds values from nowhere", () => {
    expect(new Past().create("a", 1).get("x", 2, 1, 2).rules()).toContain("values are written");
  });

  it("finds two peers that disagree", () => {
    const past = new Past().create("a", 1).set("b", 2, 1);
    past.did({ kind: "set", path: "/r", data: "c", version: -1 }, unknown);
    expect(past.get("c", 2, 1, 2, other).rules()).toContain("one state a zxid");
  });

  it("finds a write that took effect twice, and one that failed and took effect", () => {
    const twice = new Past().create("a", 1).set("b", 2, 1).set("c", 3, 2).get("b", 4, 3, 4, other);
    expect(twice.rules()).toContain("at most once");
    const refused = new Past().create("a", 1);
    refused.did(
      { kind: "set", path: "/r", data: "b", version: 0 },
      { outcome: "failed", code: "BAD_VERSION", seen: 1 },
    );
    expect(refused.get("b", 2, 1, 2).rules()).toContain("at most once");
  });

  it("finds writes that share a zxid", () => {
    const past = new Past().create("a", 1);
    past.did(
      { kind: "create", path: "/s", data: "b", version: -1 },
      { ...other, seen: 1, result: { kind: "written", states: [{ zxid: 1, version: 0 }] } },
    );
    expect(past.rules()).toContain("unique zxids");
  });

  it("finds versions that go back, and acknowledged writes that are gone", () => {
    expect(new Past().create("a", 1).set("b", 2, 1).set("c", 3, 1).rules()).toContain("versions count");
    expect(new Past().create("a", 1).set("b", 2, 1).set("d", 4, 3).rules()).toContain("acknowledged writes stay");
  });

  it("allows as many versions that nobody has seen as there are unknown writes", () => {
    const past = new Past().create("a", 1).did({ kind: "set", path: "/r", data: "b", version: -1 }, unknown);
    expect(past.set("c", 3, 2).rules()).toEqual([]);
  });

  it("finds a compare-and-set that did not compare", () => {
    const past = new Past().create("a", 1).set("b", 2, 1);
    past.did(
      { kind: "set", path: "/r", data: "c", version: 0 },
      { seen: 3, result: { kind: "written", states: [{ zxid: 3, version: 2 }] } },
    );
    expect(past.rules()).toContain("compare and set");
  });

  it("finds refusals without a reason", () => {
    const past = new Past().create("a", 1);
    past.did({ kind: "set", path: "/r", data: "b", version: 0 }, { outcome: "failed", code: "BAD_VERSION", seen: 2 });
    expect(past.set("c", 3, 1).rules()).toContain("refusals are right");
    const early = new Past();
    early.did(
      { kind: "create", path: "/r", data: "x", version: -1 },
      { outcome: "failed", code: "NODE_EXISTS", seen: 1 },
    );
    expect(early.create("a", 2).rules()).toContain("refusals are right");
  });

  it("finds sessions that go back", () => {
    expect(new Past().create("a", 1).set("b", 2, 1).get("a", 1, 0, 1).rules()).toContain("sessions in order");
    const write = new Past().create("a", 5).get("a", 5, 0, 9).set("b", 7, 1, { seen: 9, begunMs: 3, endMs: 9 });
    expect(write.rules()).toContain("sessions in order");
  });

  it("lets a write that was not answered take effect late, but not behind its session's next one", () => {
    const late = { ...unknown, endMs: 4 };
    const past = new Past().create("a", 1).did({ kind: "set", path: "/r", data: "b", version: -1 }, late);
    expect(past.get("a", 1, 0, 1).get("b", 5, 1, 5, other).rules()).toEqual([]);
    const behind = new Past().create("a", 1).did({ kind: "set", path: "/r", data: "b", version: -1 }, late);
    expect(behind.set("c", 3, 1).get("b", 5, 2, 5, other).rules()).toContain("sessions in order");
  });

  it("finds writes that come before what was answered before they began", () => {
    expect(new Past().create("a", 5).set("b", 7, 1).set("c", 6, 1, other).rules()).toContain("writes in real time");
  });

  it("finds linearizable reads and syncs that are old, and lets local reads be old", () => {
    const read: Options = {
      ...other,
      ...linearizable,
      seen: 1,
      result: { kind: "state", data: "a", version: 0, mzxid: 1 },
    };
    expect(new Past().create("a", 1).set("b", 2, 1).did(confirmed, read).rules()).toContain("linearizable reads");
    expect(
      new Past()
        .create("a", 1)
        .set("b", 2, 1)
        .did({ kind: "sync" }, { ...other, seen: 1 })
        .rules(),
    ).toEqual(["linearizable reads"]);
    expect(new Past().create("a", 1).set("b", 2, 1).get("a", 1, 0, 1, other).rules()).toEqual([]);
  });
});

describe("the search for an order", () => {
  /** Zxids that are all wrong in the same way: only the search knows better. */
  const blind = (past: Past): string[] =>
    checkHistory({ operations: past.operations.map((each) => ({ ...each, seen: 0 })), ends: [] }).violations.map(
      ({ rule }) => rule,
    );
  const fresh = (data: string, mzxid: number, version: number, options: Options = {}): Parameters<Past["did"]> => [
    confirmed,
    { result: { kind: "state", data, version, mzxid }, ...options },
  ];

  it("takes what overlaps in any order", () => {
    const past = new Past().create("a", 1, { begunMs: 1, endMs: 9 });
    past.did(confirmed, { ...other, begunMs: 2, endMs: 3, outcome: "failed", code: "NO_NODE" });
    past.did(...fresh("a", 1, 0, { client: "c", session: "0x3", begunMs: 4, endMs: 5 }));
    expect(blind(past)).toEqual([]);
  });

  it("takes unknown writes as done, and as not done", () => {
    for (const isDone of [true, false]) {
      const past = new Past().create("a", 1).did({ kind: "set", path: "/r", data: "b", version: 0 }, unknown);
      past.did(...fresh(isDone ? "b" : "a", isDone ? 2 : 1, isDone ? 1 : 0, other));
      expect(blind(past)).toEqual([]);
    }
  });

  it("finds a read that goes back behind an unknown write that was seen", () => {
    const past = new Past().create("a", 1).did({ kind: "set", path: "/r", data: "b", version: 0 }, unknown);
    past.did(...fresh("b", 2, 1, other)).did(...fresh("a", 1, 0, other));
    expect(blind(past)).toEqual(["linearizable"]);
  });

  it("finds an old read, and a write that was acknowledged and is gone", () => {
    const old = new Past()
      .create("a", 1)
      .set("b", 2, 1)
      .did(...fresh("a", 1, 0, other));
    expect(blind(old)).toEqual(["linearizable"]);
    const past = new Past().create("a", 1);
    past.did(confirmed, { ...other, outcome: "failed", code: "NO_NODE" });
    expect(blind(past)).toEqual(["linearizable"]);
  });

  it("finds a refusal that no order explains", () => {
    const past = new Past().create("a", 1);
    past.did({ kind: "set", path: "/r", data: "b", version: 0 }, { outcome: "failed", code: "BAD_VERSION" });
    expect(blind(past)).toEqual(["linearizable"]);
  });

  it("gives up within its bound, which is no pass", () => {
    const past = new Past().create("a", 1);
    for (const data of ["b", "c", "d", "e", "f", "g", "h"])
      past.did({ kind: "set", path: "/r", data, version: -1 }, unknown);
    past.did(...fresh("h", 9, 7, other));
    expect(checkHistory(past)).toMatchObject({ verdict: "passed" });
    const { verdict, undecided } = checkHistory(past, { stepsMax: 10 });
    expect([verdict, undecided]).toEqual(["unknown", ["/r: no order of 9 operations within 10 steps"]]);
  });
});

describe("sequence names", () => {
  it("may have gaps, and grow with zxids", () => {
    const past = new Past().sequence("/s/a-", "/s/a-0000000000", 1).sequence("/s/b-", "/s/b-0000000002", 3);
    past.did({ kind: "sequence", path: "/s/c-" }, unknown);
    expect(past.list("/s", ["a-0000000000", "b-0000000002", "c-0000000003"], 5).rules()).toEqual([]);
  });

  it("are given once, to whom they belong, and in order", () => {
    const first = new Past().sequence("/s/a-", "/s/a-0000000001", 1);
    expect(first.sequence("/s/a-", "/s/a-0000000001", 2).rules()).toContain("sequence names");
    expect(new Past().sequence("/s/a-", "/s/b-0000000001", 1).rules()).toEqual(["sequence names"]);
    const back = new Past().sequence("/s/a-", "/s/a-0000000005", 1).sequence("/s/b-", "/s/b-0000000004", 2);
    expect(back.rules()).toEqual(["sequence names"]);
  });

  it("are found by whoever was told of them, once for each create", () => {
    const lost = new Past().sequence("/s/a-", "/s/a-0000000000", 1).list("/s", [], 2);
    expect(lost.rules()).toEqual(["acknowledged writes stay"]);
    const twice = new Past().sequence("/s/a-", "/s/a-0000000000", 1);
    expect(twice.list("/s", ["a-0000000000", "a-0000000001"], 2).rules()).toEqual(["at most once"]);
    const early = new Past().sequence("/s/a-", "/s/a-0000000000", 5).list("/s", ["a-0000000000"], 4, other);
    expect(early.rules()).toContain("reads match their zxid");
  });
});

describe("sums", () => {
  const path = (account: number): string => `/accounts/${account}`;
  function transfer(
    past: Past,
    amounts: readonly number[],
    zxid: number,
    version: number,
    options: Options = {},
  ): Past {
    const kind = version === 0 ? ("create" as const) : ("set" as const);
    const writes = amounts.map((amount, account) => ({
      kind,
      path: path(account),
      data: `${amount} ${zxid}`,
      version: version - 1,
    }));
    const states = amounts.map(() => ({ zxid, version }));
    return past.did(
      { kind: "multi", writes },
      { work: "transfers", seen: zxid, result: { kind: "written", states }, ...options },
    );
  }
  const read = (past: Past, account: number, data: string, mzxid: number, version: number): Past =>
    past.did(
      { kind: "get", path: path(account), isLinearizable: true },
      { work: "final", seen: 9, result: { kind: "state", data, version, mzxid } },
    );

  it("stay when something is moved, also by what was never answered", () => {
    const past = transfer(transfer(new Past(), [100, 100], 1, 0), [90, 110], 2, 1);
    transfer(past, [80, 120], 3, 2, unknown);
    read(read(past, 0, "80 3", 3, 2), 1, "120 3", 3, 2);
    const { violations, counts } = checkHistory(past);
    expect(violations).toEqual([]);
    expect(counts).toMatchObject({ sums: 3, "sums at the end": 1 });
  });

  it("that change are found, during the run and at its end", () => {
    expect(transfer(transfer(new Past(), [100, 100], 1, 0), [90, 111], 2, 1).rules()).toEqual(["sums stay"]);
    const half = transfer(new Past(), [100, 100], 1, 0);
    transfer(half, [90, 110], 2, 1, unknown);
    expect(read(read(half, 0, "90 2", 2, 1), 1, "100 1", 1, 0).rules()).toContain("sums stay");
  });
});

describe("fencing", () => {
  function write(past: Past, token: number, zxid: number, version: number, options: Options = {}): Past {
    const writes = [{ kind: "set" as const, path: "/r", data: `${token} ${zxid}`, version: -1 }];
    return past.did(
      { kind: "multi", writes, guard: "/lock/x", token },
      { seen: zxid, result: { kind: "written", states: [{ zxid, version }] }, ...options },
    );
  }

  it("lets each holder write in its turn", () => {
    const past = write(write(write(new Past().create("a", 1), 2, 3, 1), 2, 4, 2), 5, 6, 3, other);
    expect(past.rules()).toEqual([]);
  });

  it("finds a holder that writes behind its successor", () => {
    const past = write(write(new Past().create("a", 1), 4, 5, 1, other), 2, 6, 2);
    expect(past.rules()).toEqual(["fencing"]);
  });

  it("finds a token of two holders, and one from the future", () => {
    expect(write(write(new Past().create("a", 1), 2, 3, 1, other), 2, 4, 2).rules()).toEqual(["fencing"]);
    expect(write(new Past().create("a", 1), 5, 4, 1).rules()).toEqual(["fencing"]);
  });
});

describe("ephemeral znodes", () => {
  function made(zxid: number): Past {
    const writes = ["a", "b"].map((name) => ({ kind: "create" as const, path: `/e/${name}`, data: name, version: -1 }));
    const states = writes.map(() => ({ zxid, version: 0 }));
    return new Past().did(
      { kind: "multi", writes, isEphemeral: true },
      { seen: zxid, result: { kind: "written", states } },
    );
  }

  it("come together and go together with their session", () => {
    const past = made(2).list("/e", ["a", "b"], 3, other);
    past.ends.push({ session: "0x1", atMs: 5, code: "SESSION_EXPIRED" });
    expect(past.list("/e", [], 6, { ...other, begunMs: 6, endMs: 7 }).rules()).toEqual([]);
  });

  it("that are there alone are found", () => {
    expect(made(2).list("/e", ["a"], 3, other).rules()).toContain("multi is atomic");
  });

  it("that come back are found", () => {
    expect(made(2).list("/e", [], 3, other).list("/e", ["a", "b"], 4, other).rules()).toEqual(["ephemerals go once"]);
  });

  it("that outlive the end of their session are found", () => {
    const past = made(2);
    past.ends.push({ session: "0x1", atMs: 5, code: "SESSION_EXPIRED" });
    const late: Options = { ...other, begunMs: 6, endMs: 7 };
    expect(past.list("/e", ["a", "b"], 8, late).rules()).toEqual(["ephemerals die with their session"]);
    past.ends.splice(0, 1, { session: "0x1", atMs: 5, code: "RECKONED" });
    expect(past.rules()).toEqual([]);
  });

  it("that are gone while their session writes are found", () => {
    const past = made(2).list("/e", [], 3, other);
    expect(past.create("x", 5).rules()).toEqual(["ephemerals live with their session"]);
  });
});
