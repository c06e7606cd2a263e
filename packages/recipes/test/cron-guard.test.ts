import { describe, expect, it } from "vitest";
import { createCronGuard, type CronGuardOptions, type CronRun } from "../src/index.ts";
import { type Fault, FAULTS } from "./support/faulty-channel.ts";
import { watched, World } from "./support/world.ts";

const PATH = "/cron/invoices";
const BOTH = ["at-most-once", "at-least-once"] as const;

/** A job that ends when it is told to. */
function heldJob(): { job(run: CronRun): Promise<string>; readonly runs: CronRun[]; end(result?: string): void } {
  const runs: CronRun[] = [];
  let end = (_result: string): void => undefined;
  const job = (run: CronRun): Promise<string> => {
    runs.push(run);
    return new Promise((resolve, reject) => {
      end = resolve;
      run.signal.addEventListener("abort", () => reject(new Error("stopped")));
    });
  };
  return { job, runs, end: (result = "done") => end(result) };
}

describe("a cron guard", () => {
  it.each(BOTH)("runs a slot on one replica, and records it (%s)", async (runs) => {
    const world = new World();
    const all = [await world.open(), await world.open(), await world.open()];
    const guards = all.map(({ session }, index) => createCronGuard(session, PATH, { runs, by: `host-${index}` }));
    expect(await guards[0]!.last()).toBeNull();
    const held = heldJob();
    const running = guards.map((guard) => watched(guard.run(60_000, held.job)));
    await world.settle();
    expect([held.runs.length, (await guards[1]!.last())?.outcome]).toEqual([1, "running"]);
    // Who runs at most once need not wait for one that runs.
    const skipsAtOnce = runs === "at-most-once" ? 2 : 0;
    expect(running.filter(({ isOver }) => isOver)).toHaveLength(skipsAtOnce);
    world.clock.advance(5);
    held.end("sent");
    await world.settle();
    const last = await guards[0]!.last();
    expect(last).toMatchObject({ slot: 60_000, startedAtMs: 0, endedAtMs: 5, outcome: "done" });
    const results = running.map(({ value }) => value);
    expect(results.filter((result) => result?.kind === "skipped")).toHaveLength(2);
    expect(results.find((result) => result?.kind === "ran")).toEqual({ kind: "ran", result: "sent", record: last });
    expect(last!.by).toMatch(/^host-[012]$/);
    expect(world.names(`${PATH}/lock`)).toEqual([]);
  });

  it("runs each next slot, none that is older, and no two at a time", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [guard, theirs] = [createCronGuard(one.session, PATH), createCronGuard(other.session, PATH)];
    const [first, second] = [heldJob(), heldJob()];
    const runsFirst = watched(guard.run("2026-01-01", first.job));
    await world.settle();
    const runsSecond = watched(theirs.run("2026-01-02", second.job));
    await world.settle();
    expect([first.runs.length, second.runs.length]).toEqual([1, 0]);
    first.end();
    await world.settle();
    expect([runsFirst.isOver, second.runs.length]).toEqual([true, 1]);
    expect(second.runs[0]!.token).toBeGreaterThan(first.runs[0]!.token);
    second.end();
    await world.settle();
    expect(runsSecond.value).toMatchObject({ kind: "ran", record: { slot: "2026-01-02" } });
    expect(await guard.run("2026-01-01", () => Promise.reject(new Error("never called")))).toMatchObject({
      kind: "skipped",
      last: { slot: "2026-01-02", outcome: "done" },
    });
    await expect(guard.run(1, () => Promise.resolve())).rejects.toMatchObject({ code: "BAD_DATA" });
  });

  it.each(BOTH)("records a job that throws, rejects with it, and has nobody run it again (%s)", async (runs) => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const failure = new Error("no printer");
    const guard = createCronGuard(one.session, PATH, { runs });
    await expect(guard.run(1, () => Promise.reject(failure))).rejects.toBe(failure);
    const result = await createCronGuard(other.session, PATH, { runs }).run(1, () => Promise.resolve());
    expect(result).toMatchObject({
      kind: "skipped",
      last: { slot: 1, outcome: "failed", error: "Error: no printer", by: one.session.id },
    });
  });

  it("is not run again where its replica dies in the middle, at most once", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const held = heldJob();
    const dies = watched(createCronGuard(one.session, PATH).run(1, held.job));
    await world.settle();
    one.channel.expire();
    await world.settle();
    expect([held.runs[0]!.signal.aborted, dies.error]).toMatchObject([true, { code: "NOT_HELD" }]);
    const guard = createCronGuard(other.session, PATH);
    const again = await guard.run(1, () => Promise.resolve());
    expect(again).toMatchObject({ kind: "skipped", last: { slot: 1, outcome: "running", endedAtMs: null } });
    expect(await guard.run(2, () => Promise.resolve())).toMatchObject({ kind: "ran", record: { slot: 2 } });
  });

  it("is run again by one that waits where its replica dies in the middle, at least once", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [held, again] = [heldJob(), heldJob()];
    const options: CronGuardOptions = { runs: "at-least-once" };
    const dies = watched(createCronGuard(one.session, PATH, options).run(1, held.job));
    const takesOver = watched(createCronGuard(other.session, PATH, options).run(1, again.job));
    await world.settle();
    expect([held.runs.length, again.runs.length]).toEqual([1, 0]);
    one.channel.expire();
    await world.settle();
    expect([dies.error, again.runs.length]).toMatchObject([{ code: "NOT_HELD" }, 1]);
    again.end();
    await world.settle();
    expect(takesOver.value).toMatchObject({ kind: "ran", record: { by: other.session.id, outcome: "done" } });
  });

  it.each(BOTH)("tells a job to stop that is given up, and records that (%s)", async (runs) => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const giveUp = new AbortController();
    const held = heldJob();
    const stops = watched(createCronGuard(one.session, PATH, { runs }).run(1, held.job, { signal: giveUp.signal }));
    await world.settle();
    giveUp.abort(new Error("shut down"));
    await world.settle();
    expect(stops.error).toMatchObject({ code: "ABORTED", cause: { message: "shut down" } });
    const guard = createCronGuard(other.session, PATH, { runs });
    expect(await guard.last()).toMatchObject({ outcome: "aborted", error: "Error: stopped" });
    const late = await guard.run(1, () => Promise.resolve());
    expect(late.kind).toBe(runs === "at-most-once" ? "skipped" : "ran");
    expect(world.names(`${PATH}/lock`)).toEqual([]);
  });

  it("gives up waiting, and leaves nobody in the queue (LK-05)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const [held, never] = [heldJob(), heldJob()];
    watched(createCronGuard(one.session, PATH).run(1, held.job));
    await world.settle();
    const late = watched(createCronGuard(other.session, PATH).run(2, never.job, { deadlineMs: 500 }));
    await world.settle();
    expect(world.names(`${PATH}/lock`)).toHaveLength(2);
    world.clock.advance(500);
    await world.settle();
    expect([late.error, never.runs.length]).toMatchObject([{ code: "OPERATION_TIMEOUT" }, 0]);
    expect(world.names(`${PATH}/lock`)).toHaveLength(1);
  });

  it("records nothing without the lock, and lets no job write by its guard (LK-01)", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await one.session.create("/report", "old");
    const guard = createCronGuard(one.session, PATH);
    const running = watched(
      guard.run(1, async (run) => {
        await run.guard(one.session.transaction()).set("/report", "new").commit();
        await other.session.delete(run.path);
        await run.guard(one.session.transaction()).set("/report", "too late").commit();
      }),
    );
    await world.settle();
    expect(running.error).toMatchObject({ code: "NOT_HELD" });
    expect([(await one.session.get("/report")).text(), (await guard.last())?.outcome]).toEqual(["new", "running"]);
  });

  it("gives what the job gives, or throws, where it may not release the lock", async () => {
    const world = new World();
    const { session } = await world.open();
    const acl = [{ scheme: "world", id: "anyone", permissions: ["read", "write", "create", "admin"] }] as const;
    for (const path of [PATH, `${PATH}-2`]) {
      await session.create(`${path}/lock`, null, { parents: true });
      await session.setAcl(`${path}/lock`, acl);
    }
    const done = await createCronGuard(session, PATH).run(1, () => Promise.resolve("sent"));
    expect(done).toMatchObject({ kind: "ran", result: "sent", record: { outcome: "done" } });
    const failing = createCronGuard(session, `${PATH}-2`).run(1, () => Promise.reject(new Error("no printer")));
    await expect(failing).rejects.toThrow("no printer");
    expect((await createCronGuard(session, `${PATH}-2`).last())?.outcome).toBe("failed");
  });

  it("refuses slots and options that are none, and records that are none", async () => {
    const world = new World();
    const { session } = await world.open();
    const guard = createCronGuard(session, PATH);
    const job = (): Promise<void> => Promise.resolve();
    for (const slot of [1.5, "", null as never, new Date() as never]) {
      await expect(guard.run(slot, job)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    }
    expect(() => createCronGuard(session, PATH, { runs: "once" as never })).toThrow(/at-most-once, at-least-once/);
    expect(() => createCronGuard(session, PATH, { name: "x" } as never)).toThrow(/no option of a cron guard/);
    for (const [index, text] of ["", "[]", "null", '{"slot":1}'].entries()) {
      await session.create(`/other-${index}/last`, text, { parents: true });
      const other = createCronGuard(session, `/other-${index}`);
      await expect(other.last()).rejects.toMatchObject({ code: "BAD_DATA" });
      await expect(other.run(1, job)).rejects.toMatchObject({ code: "BAD_DATA" });
      expect(world.names(`/other-${index}/lock`)).toEqual([]);
    }
  });
});

/** Two replicas run one slot while one request of the one goes wrong. Gives whether there was such a request. */
async function runWithFault(at: number, fault: Fault, runs: (typeof BOTH)[number]): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  one.channel.plan = { at, fault };
  let [begun, inside, ended] = [0, 0, 0];
  const job = async ({ session }: typeof one): Promise<void> => {
    begun += 1;
    inside += 1;
    expect(inside).toBe(1);
    await session.sync().catch(() => undefined);
    inside -= 1;
    ended += 1;
  };
  const running = [one, other].map((each) =>
    watched(createCronGuard(each.session, PATH, { runs }).run(1, () => job(each))),
  );
  await world.settle();
  await world.settle();
  expect(running.map(({ isOver }) => isOver)).toEqual([true, true]);
  expect(running[1]!.error).toBeUndefined();
  const ran = running.filter(({ value }) => value?.kind === "ran").length;
  const last = await createCronGuard(other.session, PATH).last();
  if (fault.startsWith("lost")) expect([ran, begun, running[0]!.error]).toEqual([1, 1, undefined]);
  else if (runs === "at-most-once") expect([ran <= 1, begun <= 1]).toEqual([true, true]);
  else expect([ended >= 1, last?.outcome]).toEqual([true, "done"]);
  expect([last?.slot, world.names(`${PATH}/lock`)]).toEqual([1, []]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("a replica one of whose requests is %s", (fault) => {
  it.each(BOTH)("does not break what is said of a run, whichever request it is (%s)", async (runs) => {
    let at = 1;
    while (await runWithFault(at, fault, runs)) at += 1;
    // A look, the place, a watch and its look, the list, the record twice, and the release.
    expect(at).toBeGreaterThan(9);
  });
});
