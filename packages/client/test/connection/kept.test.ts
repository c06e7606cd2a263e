import { describe, expect, it } from "vitest";
import { FROM_COTERIE, replyFrame } from "../support/frames.ts";
import { MachineKit } from "../support/machine-kit.ts";

const SYNC = { kind: "sync", path: "/" } as const;

/** The server grants 9,000 ms, at 1,000. */
function kept(): MachineKit {
  const kit = new MachineKit({ isKept: true });
  kit.step({ kind: "start" });
  kit.connect(FROM_COTERIE);
  return kit;
}

describe("a session that its server keeps as long as the connection is open", () => {
  it("pings nobody, and is not lost by silence, however long", () => {
    const kit = kept();
    for (let looked = 0; looked < 20; looked++) expect(kit.wake()).toEqual([]);
    expect(kit.nowMs).toBe(1_000 + 20 * 3_000);
    // As after a thread that stood still.
    expect(kit.at(1_000_000)).toEqual([]);
    kit.submit("a", SYNC);
    expect(kit.frame(replyFrame(1, { kind: "sync", path: "/" }))).toEqual(["a ok"]);
  });

  it("is lost a timeout after the last time at which the connection was seen open", () => {
    const kit = kept();
    kit.wake();
    kit.wake();
    expect(kit.nowMs).toBe(7_000);
    kit.nowMs = 9_000;
    expect(kit.closed()).toEqual(["suspended CONNECTION_LOSS", "dial one:2181"]);
    while (kit.machine.wakeAtMs() < 16_000) kit.wake();
    expect(kit.wake()).toEqual(["abort", "lost SESSION_EXPIRED"]);
    expect(kit.nowMs).toBe(16_000);
  });

  it("is lost at once if the connection has ended while the thread stood still for longer", () => {
    const kit = kept();
    kit.nowMs = 60_000;
    kit.closed();
    expect(kit.step({ kind: "timer" })).toEqual(["abort", "lost SESSION_EXPIRED"]);
  });

  it("has to find its server in time like any other", () => {
    const kit = new MachineKit({ isKept: true });
    kit.step({ kind: "start" });
    kit.step({ kind: "opened", link: 1 });
    expect(kit.machine.wakeAtMs()).toBe(13_000);
    expect(kit.wake()[0]).toBe("abort");
  });
});
