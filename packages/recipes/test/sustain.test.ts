import { CoterieError } from "@coterie/interface";
import type { Session } from "@coterie/session";
import { describe, expect, it } from "vitest";
import { createElection, createPersistentEphemeral, sustain, type SustainOptions } from "../src/index.ts";
import { type Fault, FAULTS } from "./support/faulty-channel.ts";
import { type Application, watched, World } from "./support/world.ts";

const PAUSE_MAX_MS = 10_000;

/** Sessions that are opened one after another. */
class Opened {
  readonly all: Application[] = [];
  readonly world = new World();
  plan: { readonly at: number; readonly fault: Fault } | null = null;

  readonly open = async (): Promise<Session> => {
    const application = await this.world.open();
    if (this.all.length === 0) application.channel.plan = this.plan;
    this.all.push(application);
    return application.session;
  };

  get last(): Application {
    return this.all.at(-1)!;
  }

  get states(): readonly string[] {
    return this.all.map(({ session }) => session.state);
  }

  /** To open a session takes as long as a world takes to settle. */
  async settle(): Promise<void> {
    for (let times = 0; times < 2; times++) await this.world.settle();
  }

  /** Lets the longest pause pass. */
  async pass(ms: number = PAUSE_MAX_MS): Promise<void> {
    await this.settle();
    this.world.clock.advance(ms);
    await this.settle();
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(new Error("stopped", { cause: signal.reason }));
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
}

describe("sustain", () => {
  it("gives what its work gives, and closes the session", async () => {
    const opened = new Opened();
    expect(await sustain(opened.open, async (session) => (await session.get("/")).stat.version)).toBe(0);
    expect(opened.states).toEqual(["closed"]);
  });

  it("rejects with what its work rejects with, and closes the session", async () => {
    const opened = new Opened();
    const failure = new Error("no such job");
    await expect(sustain(opened.open, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(opened.states).toEqual(["closed"]);
  });

  it("goes on with another session when one is lost, whatever its work made of that", async () => {
    const opened = new Opened();
    const reasons: unknown[] = [];
    const works = [
      (signal: AbortSignal) => untilAborted(signal),
      (signal: AbortSignal) => untilAborted(signal).catch(() => "what the lost one gives does not count"),
      () => Promise.resolve("done"),
    ];
    const result = watched(
      sustain(opened.open, (_session, signal) => {
        signal.addEventListener("abort", () => reasons.push(signal.reason));
        return works[opened.all.length - 1]!(signal);
      }),
    );
    for (const count of [1, 2]) {
      await opened.pass();
      expect(opened.all).toHaveLength(count);
      opened.last.channel.expire();
    }
    await opened.pass();
    expect([result.value, opened.states]).toEqual(["done", ["lost", "lost", "closed"]]);
    expect(reasons).toMatchObject([{ code: "SESSION_EXPIRED" }, { code: "SESSION_EXPIRED" }]);
  });

  it("never has two sessions at work: the work with a lost one is waited for", async () => {
    const opened = new Opened();
    let end = (): void => undefined;
    const result = watched(
      sustain(opened.open, () =>
        opened.all.length === 1 ? new Promise<void>((resolve) => (end = resolve)) : Promise.resolve(),
      ),
    );
    await opened.settle();
    opened.last.channel.expire();
    await opened.pass();
    await opened.pass();
    expect(opened.all).toHaveLength(1);
    end();
    await opened.pass();
    expect([opened.all.length, result.isOver, result.error]).toEqual([2, true, undefined]);
  });

  it("pauses longer and longer, up to a limit, and anew behind a session that has lasted", async () => {
    const opened = new Opened();
    const stop = new AbortController();
    const options: SustainOptions = { backoffMinMs: 100, backoffMaxMs: 350, signal: stop.signal };
    watched(sustain(opened.open, (_session, signal) => untilAborted(signal), options));
    await opened.settle();
    const pausesMs: number[] = [];
    for (const lastedMs of [1_000, 0, 10, 350, 0, 351, 1]) {
      await opened.pass(lastedMs);
      const count = opened.all.length;
      opened.last.channel.expire();
      let pauseMs = 0;
      for (; opened.all.length === count; pauseMs += 25) await opened.pass(25);
      pausesMs.push(pauseMs);
    }
    const longestMs = [100, 200, 350, 350, 350, 100, 200];
    for (const [index, pauseMs] of pausesMs.entries()) {
      expect(pauseMs).toBeGreaterThanOrEqual(longestMs[index]! / 2);
      expect(pauseMs).toBeLessThanOrEqual(longestMs[index]! + 25);
    }
    stop.abort();
  });

  it("rejects with what opening rejects with at first; later it tries again what may pass", async () => {
    const opened = new Opened();
    const failures: CoterieError[] = [new CoterieError("NO_QUORUM")];
    const open = (): Promise<Session> => {
      const failure = failures.shift();
      return failure === undefined ? opened.open() : Promise.reject(failure);
    };
    const work = (_session: Session, signal: AbortSignal): Promise<never> => untilAborted(signal);
    await expect(sustain(open, work)).rejects.toMatchObject({ code: "NO_QUORUM" });
    const result = watched(sustain(open, work));
    await opened.settle();
    failures.push(new CoterieError("UNREACHABLE"), new CoterieError("NO_QUORUM"));
    opened.last.channel.expire();
    for (let attempt = 0; attempt < 3; attempt++) await opened.pass();
    expect([opened.all.length, failures.length, result.isOver]).toEqual([2, 0, false]);
    failures.push(new CoterieError("AUTH_FAILED"));
    opened.last.channel.expire();
    await opened.pass();
    expect(result.error).toMatchObject({ code: "AUTH_FAILED" });
  });

  it("takes a session that is lost by the time it comes for a lost one", async () => {
    const opened = new Opened();
    const open = async (): Promise<Session> => {
      const session = await opened.open();
      if (opened.all.length === 1) opened.last.channel.expire();
      return session;
    };
    const ids: string[] = [];
    const result = watched(sustain(open, ({ id }) => Promise.resolve(ids.push(id))));
    await opened.pass();
    expect([result.value, ids]).toEqual([1, [opened.last.session.id]]);
  });
});

describe("an abort of sustain", () => {
  it("while it works aborts the work, which may still end well", async () => {
    const opened = new Opened();
    const stop = new AbortController();
    const { signal } = stop;
    const well = watched(sustain(opened.open, (_session, ends) => untilAborted(ends).catch(() => "bye"), { signal }));
    const ill = watched(sustain(opened.open, (_session, ends) => untilAborted(ends), { signal }));
    await opened.settle();
    stop.abort(new Error("shut down"));
    await opened.settle();
    expect(well.value).toBe("bye");
    expect(ill.error).toMatchObject({ code: "ABORTED", cause: { message: "shut down" } });
    expect(opened.states).toEqual(["closed", "closed"]);
  });

  it("before it begins opens nothing, while it pauses opens nothing more", async () => {
    const opened = new Opened();
    const work = (_session: Session, signal: AbortSignal): Promise<never> => untilAborted(signal);
    await expect(sustain(opened.open, work, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(opened.all).toEqual([]);
    const stop = new AbortController();
    const result = watched(sustain(opened.open, work, { signal: stop.signal }));
    await opened.settle();
    opened.last.channel.expire();
    await opened.settle();
    stop.abort();
    await opened.settle();
    expect([result.error, opened.all.length]).toEqual([expect.objectContaining({ code: "ABORTED" }), 1]);
  });

  it("while it opens rejects at once, and closes what is opened too late", async () => {
    const opened = new Opened();
    const stop = new AbortController();
    let go = (): void => undefined;
    const open = async (): Promise<Session> => {
      await new Promise<void>((resolve) => (go = resolve));
      return opened.open();
    };
    const result = watched(sustain(open, () => Promise.resolve(), { signal: stop.signal }));
    await opened.settle();
    stop.abort();
    await opened.settle();
    expect(result.error).toMatchObject({ code: "ABORTED" });
    go();
    await opened.settle();
    expect(opened.states).toEqual(["closed"]);
  });

  it("refuses what are no options, and opens nothing", async () => {
    const opened = new Opened();
    const wrong = sustain as (...args: unknown[]) => Promise<unknown>;
    const work = (): Promise<void> => Promise.resolve();
    const { open } = opened;
    const all = [[], [open], [open, work, 5], [open, work, { signal: 5 }], [open, work, { backoffMinMs: 0 }]];
    for (const args of [...all, [open, work, { backoffMinMs: 50, backoffMaxMs: 49 }], [open, work, { retries: 3 }]]) {
      await expect(wrong(...args)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    }
    expect(opened.all).toEqual([]);
  });
});

/** A member that is a candidate, too, one of whose requests goes wrong. Gives whether there was such a request. */
async function sustainWithFault(at: number, fault: Fault): Promise<boolean> {
  const opened = new Opened();
  const { world } = opened;
  opened.plan = { at, fault };
  const stop = new AbortController();
  const other = await world.open();
  let leading = 0;
  const result = watched(
    sustain(
      opened.open,
      async (session, signal) => {
        await using member = createPersistentEphemeral(session, "/members/one");
        await member.ready({ signal });
        await createElection(session, "/election").run(
          async ({ signal: leads }) => {
            leading += 1;
            await untilAborted(leads).catch(() => undefined);
            leading -= 1;
          },
          { signal },
        );
      },
      { signal: stop.signal },
    ),
  );
  for (let turns = 0; turns < 3; turns++) await opened.pass();
  expect([result.isOver, leading, world.names("/members")]).toEqual([false, 1, ["one"]]);
  const { stat } = await other.session.get("/members/one");
  const leader = await createElection(other.session, "/election").leader();
  expect([stat.ephemeralOwner, leader?.sessionId]).toEqual([opened.last.session.id, opened.last.session.id]);
  stop.abort();
  await opened.settle();
  expect([result.isOver, leading, world.names("/members"), world.names("/election")]).toEqual([true, 0, [], []]);
  return opened.all[0]!.channel.requestCount >= at;
}

describe.each(FAULTS)("where one request of a sustained session is %s", (fault) => {
  it("it is a member and a candidate again, and once", async () => {
    let at = 1;
    while (await sustainWithFault(at, fault)) at += 1;
    expect(at).toBeGreaterThan(10);
  });
});
