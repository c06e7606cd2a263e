import type { Zxid } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import type { Call, CommittedTxn } from "../../src/history/operation.ts";
import { checkRecipes } from "../../src/level-b/check/check-recipes.ts";
import { Timeline } from "../../src/level-b/check/timeline.ts";
import { Notebook, type SessionNote } from "../../src/level-b/client/notebook.ts";
import type { HoldKind, HoldNote, LookNote, SharedKind, SharedNote } from "../../src/level-b/recipes/recipe-book.ts";
import { parseLevelBCommand } from "../../src/level-b/run/level-b-command.ts";
import { levelBReplayCommand, reportLevelBRun } from "../../src/level-b/run/level-b-report.ts";
import { addLevelBRun, createLevelBTally } from "../../src/level-b/run/level-b-tally.ts";
import { runLevelB } from "../../src/level-b/run/run-level-b.ts";
import { drawLevelB } from "../../src/level-b/world/level-b-options.ts";

const SEEDS = process.env["COTERIE_TEST_LONG"] === "1" ? 300 : 12;
const SMALL = { "recipes.waitsMax": 60, "recipes.mix.kick": 3, voters: 3 };
const workload = "recipes";

describe("the simulator with real peers and recipes", () => {
  it(`passes seeds 1 to ${SEEDS}`, async () => {
    const tally = createLevelBTally();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await runLevelB(seed, { overrides: SMALL, workload });
      addLevelBRun(tally, result);
      expect(result.failure === null ? null : reportLevelBRun(result, SMALL)).toBe(null);
    }
    // They are worth something only if something is held and lost in them.
    expect(tally.probes["histories checked"]).toBe(SEEDS);
    const expected = [
      "mutex: held",
      "run: held",
      "add: held",
      "pass: held",
      "leave: held",
      "guarded: ok",
      "children: ok",
      "delete: ok",
      "hold lost",
      "session lost",
    ];
    expect(expected.filter((probe) => tally.probes[probe] === undefined)).toEqual([]);
    for (const end of ["late", "given-up", "refused"]) {
      expect(Object.keys(tally.probes).filter((probe) => probe.endsWith(`: ${end}`))).not.toEqual([]);
    }
  });

  it("runs a seed the same way twice: the ids in names are the seed's, and the platform's come back", async () => {
    const one = await runLevelB(3, { overrides: SMALL, workload });
    const other = await runLevelB(3, { overrides: SMALL, workload, isReadable: true });
    expect([other.traceHash, other.steps]).toEqual([one.traceHash, one.steps]);
    expect(Object.getOwnPropertyNames(crypto)).toEqual([]);
    expect(crypto.randomUUID()).not.toBe(crypto.randomUUID());
  });

  it("leaves the other workload as it is", () => {
    expect(drawLevelB(5).recipes).toBe(null);
    expect(drawLevelB(5).faults["holder-stall"]).toBe(0);
    expect(drawLevelB(5, {}, workload).recipes).not.toBe(null);
  });
});

describe("the command line of the workload", () => {
  const defaults = { first: 77, jobs: 3 };

  it("understands the command that a failure is replayed with", () => {
    const [, , , , , , ...args] = levelBReplayCommand(18, { "recipes.leases": 2 }, workload).split(" ");
    expect(parseLevelBCommand(args, defaults)).toMatchObject({
      kind: "one",
      seed: 18,
      workload,
      overrides: { "recipes.leases": 2 },
    });
    expect(parseLevelBCommand(["--seeds", "20"], defaults)).toMatchObject({ kind: "many", workload: "calls" });
  });

  it("says what there is in place of what there is not", () => {
    for (const args of [["--workload", "dreams"], ["--workload"]]) {
      expect(parseLevelBCommand(args, defaults)).toMatchObject({ kind: "mistake" });
    }
    expect(parseLevelBCommand(["recipes.leases=2"], defaults)).toMatchObject({ kind: "mistake" });
  });
});

const QUEUES: Readonly<Record<HoldKind, string>> = {
  mutex: "/mutex-0",
  read: "/rw-0",
  write: "/rw-0",
  lease: "/sem-0/leases",
  leader: "/election-0",
  member: "/meeting-0",
};

/** A log, entry `n` of which is on a disk in step `n`, and what clients say of it. */
class Story {
  readonly notebook: Notebook = new Notebook();
  readonly sessions: readonly SessionNote[];
  private readonly txns: CommittedTxn[] = [];
  private readonly numbers = new Map<string, number>();

  constructor() {
    this.sessions = ["0x1", "0x2", "0x3"].map((sessionId) => {
      const note = this.notebook.session(`client of ${sessionId}`);
      return Object.assign(note, { sessionId, state: "connected" });
    });
    this.txn(
      0,
      [...new Set(Object.values(QUEUES)), "/sem-0"].toSorted().map((path) => create(path)),
    );
    this.txn(0, [create("/counter-0"), create("/barriers"), create("/res-mutex-0")]);
  }

  txn(session: number, calls: readonly Call[]): number {
    const zxid = this.txns.length + 1;
    this.txns.push({
      zxid: zxid as Zxid,
      operation: null,
      sessionId: `0x${session + 1}`,
      calls,
      isError: false,
    });
    return zxid;
  }

  /** Takes a place; gives its path and its czxid. */
  place(
    session: number,
    kind: HoldKind,
    label = kind === "write" ? "__WRIT__" : "lock-",
  ): [path: string, zxid: number] {
    const queue = QUEUES[kind];
    const number = this.numbers.get(queue) ?? 0;
    this.numbers.set(queue, number + 1);
    const id = `00000000-0000-4000-8000-${String(this.txns.length).padStart(12, "0")}`;
    const path = `${queue}/_c_${id}-${label}${String(number).padStart(10, "0")}`;
    return [path, this.txn(session, [{ kind: "create", path, data: "", mode: "ephemeral" }])];
  }

  delete(session: number, path: string): number {
    return this.txn(session, [{ kind: "delete", path, version: -1 }]);
  }

  hold(session: number, kind: HoldKind, [place, token]: readonly [string, number], takenStep: number): HoldNote {
    const { recipes } = this.notebook;
    return recipes.hold({ kind, queue: QUEUES[kind], place, token, session: this.sessions[session]!, takenStep });
  }

  guarded(session: number, place: string, data: string, path = "/res-mutex-0"): number {
    this.notebook.call(this.sessions[session]!, { kind: "guarded", path, data, place }, 0, 0);
    return this.txn(session, [{ kind: "set", path, data, version: -1 }]);
  }

  shared(session: number, kind: SharedKind, path: string, rest: Partial<SharedNote>): void {
    const note = { count: 0, begunStep: 0, endStep: 100, outcome: "ok", result: null } as const;
    this.notebook.recipes.shared.push({ kind, path, session: this.sessions[session]!, ...note, ...rest });
  }

  check(): void {
    const steps = new Map(this.txns.map(({ zxid }) => [zxid as number, zxid as number]));
    const options = drawLevelB(
      1,
      { "recipes.leases": 1, "recipes.objects": 1, "recipes.participants": 2 },
      workload,
    ).recipes!;
    checkRecipes(this.notebook, options, new Timeline(this.txns), steps);
  }
}

const create = (path: string): Call => ({ kind: "create", path, data: path, mode: "persistent" });
const set = (path: string, data: string): Call => ({ kind: "set", path, data, version: -1 });

/** Two hold one after the other, and write. `edit` makes it wrong. */
function two(kind: HoldKind, edit: (story: Story, holds: readonly HoldNote[]) => void = () => undefined): Story {
  const story = new Story();
  const one = story.place(0, kind);
  const other = story.place(1, kind);
  const first = story.hold(0, kind, one, one[1]);
  story.guarded(0, one[0], "one");
  const gone = story.delete(0, one[0]);
  Object.assign(first, { releaseStep: gone - 1, goneStep: gone });
  const second = story.hold(1, kind, other, gone);
  story.guarded(1, other[0], "other");
  edit(story, [first, second]);
  story.delete(1, other[0]);
  return story;
}

/** By the session of `hold`, when that was taken. */
function look({ kind, queue, session, takenStep }: HoldNote, seen: LookNote["seen"]): LookNote {
  return { kind, queue, session, begunStep: takenStep, endStep: takenStep, seen };
}

/** Another session's try is refused: where there is nobody, where somebody was, or where somebody is. */
function tried(rival: "none" | "gone" | "there"): Story {
  const story = new Story();
  const [path] = rival === "none" ? [] : story.place(0, "mutex");
  let begunStep = 3;
  if (path !== undefined) begunStep = story.delete(0, path) + (rival === "gone" ? 1 : -1);
  const note = story.notebook.recipes.wait({
    what: "try-mutex",
    session: story.sessions[1]!,
    process: { isDead: false },
    begunStep,
    begunMs: 0,
  });
  const [own] = story.place(1, "mutex");
  const endStep = story.delete(1, own);
  Object.assign(note, { tried: { kind: "mutex", queue: QUEUES.mutex }, outcome: "refused", endStep });
  return story;
}

describe("what recipes told, against the log", () => {
  it.each<HoldKind>(["mutex", "read", "write", "lease", "leader"])("takes what is right (%s)", (kind) => {
    expect(() => two(kind).check()).not.toThrow();
  });

  it("takes a try that is refused where somebody is", () => {
    expect(() => tried("there").check()).not.toThrow();
  });

  const early = (kind: HoldKind): Story =>
    two(kind, (_, [, second]) => Object.assign(second!, { takenStep: second!.takenStep - 2 }));

  it.each<[rule: string, what: string, story: () => Story]>([
    ["mutual-exclusion", "a mutex is held before its turn", () => early("mutex")],
    ["mutual-exclusion", "a writer beside another", () => early("write")],
    ["mutual-exclusion", "a lease too many", () => early("lease")],
    ["mutual-exclusion", "two leaders", () => early("leader")],
    [
      "mutual-exclusion",
      "a token of something else",
      () => two("mutex", (_, [first]) => Object.assign(first!, { token: 1 })),
    ],
    [
      "mutual-exclusion",
      "a place that went before its turn",
      () => {
        const story = new Story();
        const one = story.place(0, "mutex");
        const other = story.place(1, "mutex");
        story.delete(1, other[0]);
        story.delete(0, one[0]);
        story.hold(1, "mutex", other, 100);
        return story;
      },
    ],
    ["released", "a release that is told too early", () => two("mutex", (_, [first]) => (first!.goneStep -= 1))],
    ["signal", "a loss that is none", () => two("mutex", (_, [, second]) => (second!.lostStep = second!.takenStep))],
    [
      "guarded",
      "a write behind the end of its hold",
      () => two("mutex", (story, [first]) => story.guarded(0, first!.place, "late")),
    ],
    [
      "signal-before-answers",
      "a session that has expired, and a hold that does not know",
      () => {
        const story = new Story();
        const hold = story.hold(0, "mutex", story.place(0, "mutex"), 10);
        const step = story.txn(0, [{ kind: "close-session" }]);
        Object.assign(story.sessions[0]!, { state: "lost", lostBy: "SESSION_EXPIRED" });
        story.notebook.recipes.unaware.push({ hold, step });
        return story;
      },
    ],
    ["nothing-left", "a place that stays", () => two("mutex", (story) => story.place(2, "mutex"))],
    [
      "nothing-left",
      "a wait without an end",
      () => {
        const story = new Story();
        const process = { isDead: false };
        story.notebook.recipes.wait({ what: "mutex", session: story.sessions[0]!, process, begunStep: 1, begunMs: 0 });
        return story;
      },
    ],
    [
      "contenders",
      "a look that shows what there was not",
      () =>
        two("mutex", ({ notebook }, [first]) => {
          const seen = [{ path: first!.place, token: first!.token, sessionId: "0x2" }];
          notebook.recipes.looks.push(look(first!, seen));
        }),
    ],
    [
      "contenders",
      "a look that leaves out what its own session holds",
      () => two("mutex", ({ notebook }, [, second]) => notebook.recipes.looks.push(look(second!, []))),
    ],
    ["refused", "a try where nobody is", () => tried("none")],
    ["refused", "a try where somebody was, who is gone", () => tried("gone")],
  ])("rejects what breaks %s: %s", (rule, _, story) => {
    expect(() => story().check()).toThrow(new RegExp(`^${rule}: `));
  });

  /** 0 becomes 5, and then 8. */
  const counted = (notes: readonly Partial<SharedNote>[]): Story => {
    const story = new Story();
    story.txn(0, [set("/counter-0", "5")]);
    story.txn(1, [set("/counter-0", "8")]);
    for (const [session, note] of notes.entries()) story.shared(session, "add", "/counter-0", note);
    return story;
  };

  it("takes each addition once, and an unknown one at most once", () => {
    const five = { count: 5, result: 5 };
    for (const notes of [
      [five, { count: 3, result: 8 }],
      [five, { count: 3, outcome: "unknown" }],
      [five, { count: 3, outcome: "open" }, { count: 9, outcome: "unknown" }],
    ] as const) {
      expect(() => counted(notes).check()).not.toThrow();
    }
    for (const notes of [
      [five],
      [five, { count: 3, outcome: "failed" }],
      [five, { count: 3, result: 8 }, { count: 2, result: 10 }],
      [five, { count: 4, result: 8 }],
      [
        { count: 5, result: 5, endStep: 1 },
        { count: 3, result: 8 },
      ],
    ] as const) {
      expect(() => counted(notes).check()).toThrow(/^exactly-once: /);
    }
  });

  /** Set at step 3, removed at step 4 by another, set again at step 5. */
  const barred = (again: number): Story => {
    const story = new Story();
    story.txn(0, [create("/barriers/0")]);
    story.delete(1, "/barriers/0");
    story.txn(again, [create("/barriers/0")]);
    story.shared(0, "set", "/barriers/0", { begunStep: 2, endStep: 3 });
    story.shared(1, "remove", "/barriers/0", { begunStep: 3, endStep: 4 });
    story.shared(2, "set", "/barriers/0", { begunStep: 4, endStep: 6 });
    return story;
  };

  it("rejects a set that set nothing, and a removal that removed nothing", () => {
    const told = (kind: SharedKind, step: number): Story => {
      const story = barred(2);
      story.shared(0, kind, "/barriers/0", { begunStep: step, endStep: step });
      return story;
    };
    // There at 3, gone at 4, there at 5: another one's makes it so, too.
    expect(() => told("set", 2).check()).toThrow(/^barrier: .* of a set/);
    expect(() => told("remove", 7).check()).toThrow(/^barrier: .* of a remove/);
    for (const [kind, step] of [
      ["set", 3],
      ["remove", 4],
      ["set", 9],
    ] as const) {
      expect(() => told(kind, step).check()).not.toThrow();
    }
  });

  it("lets nobody pass a barrier that is set, nor set one twice", () => {
    const passing = (syncedStep: number): Story => {
      const story = barred(2);
      story.shared(0, "pass", "/barriers/0", { count: syncedStep, endStep: 9 });
      return story;
    };
    expect(() => passing(6).check()).not.toThrow();
    expect(() => passing(7).check()).toThrow(/^barrier: /);
    // By the one that had set it before: it was done twice.
    expect(() => barred(0).check()).toThrow(/^exactly-once: /);
  });

  const READY = "/meeting-0/ready";

  /** Two of two meet and leave, the first one in the step in which the second has left. `edit` makes it wrong. */
  const met = (
    edit: Partial<{ begunWith: number; takenStep: number; leftStep: number; takenAwayFirst: boolean }>,
  ): Story => {
    const { begunWith = 2, takenAwayFirst = false } = edit;
    const story = new Story();
    const one = story.place(0, "member");
    if (begunWith === 1) story.txn(0, [create(READY)]);
    const other = story.place(1, "member");
    const ready = begunWith === 1 ? other[1] : story.txn(1, [create(READY)]);
    const first = story.hold(0, "member", one, edit.takenStep ?? ready);
    const second = story.hold(1, "member", other, ready);
    const begun = story.delete(0, one[0]);
    if (takenAwayFirst) story.delete(0, READY);
    const over = story.delete(1, other[0]);
    if (!takenAwayFirst) story.delete(1, READY);
    Object.assign(first, { releaseStep: begun - 1, goneStep: begun });
    Object.assign(second, { releaseStep: over - 1, goneStep: over });
    story.notebook.recipes.members.push(
      { hold: first, leftStep: edit.leftStep ?? over },
      { hold: second, leftStep: over },
    );
    return story;
  };

  it("lets enough of them meet, and nobody leave before the others", () => {
    expect(() => met({}).check()).not.toThrow();
    const ready = (story: Story): number => story.notebook.recipes.members[1]!.hold.takenStep;
    const begun = ready(met({}));
    expect(() => met({ begunWith: 1 }).check()).toThrow(/^double-barrier: a round of .* with 1 of 2/);
    expect(() => met({ takenStep: begun - 1 }).check()).toThrow(/^double-barrier: .* was let in/);
    expect(() => met({ leftStep: begun + 1 }).check()).toThrow(/^double-barrier: .* all have left/);
    expect(() => met({ takenAwayFirst: true }).check()).toThrow(/^double-barrier: .* was taken away/);
  });

  it("lets one join a round that is under way, and nobody one that is over", () => {
    const joined = (isOver: boolean): Story => {
      const story = new Story();
      const [one, other] = [story.place(0, "member"), story.place(1, "member")];
      story.txn(1, [create(READY)]);
      if (isOver) story.delete(0, one[0]);
      story.delete(1, other[0]);
      const third = story.place(2, "member");
      story.notebook.recipes.members.push({ hold: story.hold(2, "member", third, third[1]), leftStep: -1 });
      if (!isOver) story.delete(0, one[0]);
      story.delete(2, third[0]);
      return story;
    };
    expect(() => joined(false).check()).not.toThrow();
    expect(() => joined(true).check()).toThrow(/^double-barrier: .* was let in/);
  });
});
