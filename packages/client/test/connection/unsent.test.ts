import { describe, expect, it } from "vitest";
import { FROM_COTERIE, GOODBYE_FRAME, readSent, replyFrame } from "../support/frames.ts";
import { MachineKit } from "../support/machine-kit.ts";

const SYNC = { kind: "sync", path: "/" } as const;
const SET = { kind: "setData", path: "/a", data: new Uint8Array(9), version: -1 } as const;

function dialing(queuedMaxBytes?: number): MachineKit {
  const kit = new MachineKit(queuedMaxBytes === undefined ? {} : { limits: { queuedMaxBytes } });
  kit.step({ kind: "start" });
  return kit;
}

describe("a request that waits", () => {
  it("is dropped once nobody waits for its answer, and is never sent", () => {
    const kit = dialing();
    for (const name of ["a", "b", "c"]) kit.submit(name, name === "b" ? SET : SYNC);
    kit.calls.get("b")!.isOpen = false;
    expect(kit.connect(FROM_COTERIE)).toEqual(["connected", "send 1 sync", "send 3 sync"]);
    expect([...kit.calls.values()].map(({ isSent }) => isSent)).toEqual([true, false, true]);
    expect(kit.frame(replyFrame(1, { kind: "sync", path: "/" }))).toEqual(["a ok"]);
    expect(kit.frame(replyFrame(3, { kind: "sync", path: "/" }))).toEqual(["c ok"]);
  });

  it("takes no room any more when it was dropped", () => {
    const kit = dialing(60);
    kit.submit("a", SET);
    kit.calls.get("a")!.isOpen = false;
    expect(kit.connect(FROM_COTERIE)).toEqual(["connected"]);
    kit.step({ kind: "choked", link: kit.link });
    expect([kit.submit("b", SET), kit.submit("c", SET), kit.submit("d", SET)]).toEqual([[], [], ["d THROTTLED_OP"]]);
  });

  it("goes out as soon as all that were refused before it are answered", () => {
    const kit = dialing();
    kit.submit("given up", SYNC);
    for (let count = 0; count < 500; count++) kit.submit("refused", { kind: "ping" });
    kit.submit("last", SYNC);
    kit.calls.get("given up")!.isOpen = false;
    expect(kit.connect(FROM_COTERIE).slice(-2)).toEqual(["refused BAD_ARGUMENTS", "send 502 sync"]);
  });

  it("is not called sent when the session ends before it is", () => {
    const kit = dialing();
    kit.submit("a", SET);
    expect(kit.step({ kind: "detach" })).toContain("a CONNECTION_LOSS");
    expect(kit.calls.get("a")!.isSent).toBe(false);
  });

  it("is dropped, too, where a server has said that it did not take it", () => {
    const kit = dialing();
    kit.connect(FROM_COTERIE);
    kit.submit("a", SET);
    kit.submit("b", SYNC);
    kit.frame(GOODBYE_FRAME);
    kit.calls.get("a")!.isOpen = false;
    kit.wake();
    expect(kit.connect(FROM_COTERIE)).toEqual(["connected", "send 2 sync"]);
    expect(readSent(kit.sent[1]!).body).toEqual(SYNC);
  });
});
