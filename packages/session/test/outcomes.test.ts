import { CoterieError } from "@coterie/interface";
import { describe, expect, it } from "vitest";
import { errorOf, scripted, type Scripted } from "./support/kit.ts";

const LOST = new CoterieError("CONNECTION_LOSS", "gone");

/** Its channel sends nothing. */
function holding(): Scripted {
  const all = scripted();
  all.channel.isHolding = true;
  return all;
}

describe("the outcome of a write that was sent", () => {
  it("is unknown, however it ends", async () => {
    const { channel, clock, session } = scripted();
    const abort = new AbortController();
    const errors = [
      errorOf(session.set("/a", "x", { signal: abort.signal })),
      errorOf(session.set("/a", "x", { deadlineMs: 10 })),
      errorOf(session.set("/a", "x")),
      errorOf(session.transaction().delete("/a").commit()),
      errorOf(session.create("/a/b", "x", { parents: true })),
    ];
    abort.abort();
    clock.advance(10);
    while (channel.waitingCount > 0) channel.refuse("CONNECTION_LOSS", LOST);
    const ends = (await Promise.all(errors)).map(({ code, outcome }) => [code, outcome]);
    expect(ends).toEqual([
      ["ABORTED", "unknown"],
      ["OPERATION_TIMEOUT", "unknown"],
      ["CONNECTION_LOSS", "unknown"],
      ["CONNECTION_LOSS", "unknown"],
      ["CONNECTION_LOSS", "unknown"],
    ]);
  });

  it("is unknown for a create of which no more than a parent was sent", async () => {
    const { channel, session } = holding();
    const call = errorOf(session.create("/a/b", "x", { parents: true, deadlineMs: Infinity }));
    channel.calls[0]!.sent?.();
    channel.refuse("CONNECTION_LOSS", LOST);
    channel.refuse("CONNECTION_LOSS", LOST);
    expect((await call).outcome).toBe("unknown");
  });

  it("is unknown for an identity, which the session keeps", async () => {
    const { clock, session } = holding();
    const call = errorOf(session.addAuth("digest", "a:b", { deadlineMs: 10 }));
    clock.advance(10);
    expect(await call).toMatchObject({ code: "OPERATION_TIMEOUT", outcome: "unknown" });
  });
});

describe("the outcome of a write that was not sent", () => {
  it("is that it was not applied, and the channel is told that nobody waits", async () => {
    const { channel, clock, session } = holding();
    const abort = new AbortController();
    const errors = [
      errorOf(session.set("/a", "x", { signal: abort.signal })),
      errorOf(session.set("/a", "x", { deadlineMs: 10 })),
      errorOf(session.transaction().delete("/a").commit({ deadlineMs: 10 })),
      errorOf(session.create("/a/b", "x", { parents: true, deadlineMs: 10 })),
    ];
    expect(channel.calls.map(({ isOpen }) => isOpen)).toEqual([true, true, true, true, true]);
    abort.abort();
    clock.advance(10);
    expect(channel.calls.map(({ isOpen }) => isOpen)).toEqual([false, false, false, false, false]);
    const ends = (await Promise.all(errors)).map(({ code, outcome }) => [code, outcome]);
    expect(ends).toEqual([
      ["ABORTED", "not-applied"],
      ["OPERATION_TIMEOUT", "not-applied"],
      ["OPERATION_TIMEOUT", "not-applied"],
      ["OPERATION_TIMEOUT", "not-applied"],
    ]);
  });

  it("is so when it waited as the session came to its end", async () => {
    const { channel, session } = holding();
    const errors = [errorOf(session.delete("/a")), errorOf(session.transaction().delete("/a").commit())];
    channel.refuse("CONNECTION_LOSS", LOST);
    channel.refuse("CONNECTION_LOSS", LOST);
    for (const error of await Promise.all(errors)) {
      expect(error).toMatchObject({ code: "CONNECTION_LOSS", outcome: "not-applied", retryable: true });
    }
  });

  it("is so when it was over as it was made", async () => {
    const { channel, session } = scripted();
    expect(await errorOf(session.delete("/a", { signal: AbortSignal.abort() }))).toMatchObject({
      code: "ABORTED",
      outcome: "not-applied",
    });
    expect((await errorOf(session.delete("/a", { deadlineMs: 0 }))).outcome).toBe("not-applied");
    expect((await errorOf(session.addAuth("digest", "a:b", { deadlineMs: 0 }))).outcome).toBe("not-applied");
    channel.become("lost", new CoterieError("PEER_STOPPED"));
    expect(await errorOf(session.delete("/a"))).toMatchObject({ code: "PEER_STOPPED", outcome: "not-applied" });
    expect(channel.calls).toEqual([]);
  });
});
