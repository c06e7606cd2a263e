import { describe, expect, it } from "vitest";
import { Calm, hearingMaxUs, noticingMaxUs } from "../../src/world/calm.ts";
import { drawOptions } from "../../src/world/options.ts";

describe("the calm of a world", () => {
  it("lasts from the last disturbance on, wherever that one ends", () => {
    const calm = new Calm();
    expect(calm.lastsUs(500)).toBe(500);
    calm.disturb(300);
    calm.disturb(200);
    expect(calm.lastsUs(500)).toBe(200);
    calm.disturb(900);
    expect([calm.lastsUs(500), calm.lastsUs(900), calm.lastsUs(1000)]).toEqual([0, 0, 100]);
  });

  it("is none while anything lasts", () => {
    const calm = new Calm();
    calm.begin();
    calm.begin();
    calm.end(100);
    expect(calm.lastsUs(1000)).toBe(0);
    calm.end(400);
    expect(calm.lastsUs(1000)).toBe(600);
  });
});

describe("signs of life", () => {
  it("take as long as the client thinks, its peer's tick, the heartbeat and all delays take", () => {
    const timing = { "timing.tickMs": 10, "timing.heartbeatTicks": 2, "timing.syncTicks": 6 };
    const delays = { "network.delayMaxUs": 100, "peer.turnMaxUs": 10 };
    const options = drawOptions(1, {
      ...timing,
      ...delays,
      "workload.thinkMaxUs": 5000,
      "workload.clientDelayMaxUs": 1000,
    });
    expect(hearingMaxUs(options)).toBe(5000 + 1000 + 10 + 30_000 + 200 + 30);
    expect(noticingMaxUs(options)).toBe(160_000 + 220);
  });
});
