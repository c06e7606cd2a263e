import { AssertionError, createSeededRandom } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryNetwork, type MemoryNetwork } from "../src/index.ts";
import { dial, type EndLog, listen, ManualClock, type Place } from "./support.ts";

interface Scene {
  readonly clock: ManualClock;
  readonly network: MemoryNetwork;
  readonly place: Place;
  readonly near: EndLog;
  readonly far: EndLog;
}

/** A connection from host a to host b, open, with nothing heard since. */
async function connect(seed = 1): Promise<Scene> {
  const clock = new ManualClock();
  const random = createSeededRandom(seed);
  const network = createMemoryNetwork({ clock, random, dialTimeoutMs: 300, closeTimeoutMs: 200 });
  const place = await listen(network.transport("b"), "b:1");
  const near = dial(network.transport("a"), "b:1");
  clock.settle();
  const far = place.accepted[0]!;
  expect([near.heard.splice(0), far.heard.splice(0)]).toEqual([["opened"], ["opened"]]);
  return { clock, network, place, near, far };
}

describe("a line that is cut", () => {
  it("holds what is sent one way, lets the other way pass, and hands on what waited when it is whole", async () => {
    const { clock, network, near, far } = await connect();
    network.setLine("a", "b", { isCut: true });
    near.send(1);
    near.send(2);
    far.send(3);
    clock.advance(10_000);
    expect([near.heard, far.heard]).toEqual([[3], []]);
    network.setLine("a", "b", { isCut: false });
    clock.settle();
    expect(far.heard).toEqual([1, 2]);
  });

  it.each([
    ["there", "a", "b"],
    ["back", "b", "a"],
  ])("on the way %s lets a dial come to nothing in time", async (_, from, to) => {
    const { clock, network } = await connect();
    network.setLine(from, to, { isCut: true });
    const lost = dial(network.transport("a"), "b:1");
    clock.advance(299);
    expect(lost.heard).toEqual([]);
    clock.advance(1);
    expect(lost.heard).toEqual(["UNREACHABLE"]);
    network.heal();
    clock.settle();
    expect(lost.heard).toEqual(["UNREACHABLE"]);
  });

  it("lets a dial through that waits when it becomes whole", async () => {
    const { clock, network } = await connect();
    network.setLine("a", "b", { isCut: true });
    const late = dial(network.transport("a"), "b:1");
    clock.advance(100);
    network.heal();
    clock.settle();
    expect(late.heard).toEqual(["opened"]);
  });

  it("keeps the other end from hearing that one has aborted", async () => {
    const { clock, network, near, far } = await connect();
    network.setLine("a", "b", { isCut: true });
    near.connection!.abort();
    clock.advance(10_000);
    expect([near.heard, far.heard]).toEqual([["CONNECTION_CLOSED"], []]);
    network.heal();
    clock.settle();
    expect(far.heard).toEqual(["CONNECTION_CLOSED"]);
  });

  it("ends a close that cannot be heard when its time is over", async () => {
    const { clock, network, near } = await connect();
    network.setLine("a", "b", { isCut: true });
    near.send(1);
    near.connection!.close();
    clock.advance(199);
    expect(near.heard).toEqual([]);
    clock.advance(1);
    expect(near.heard).toEqual(["CONNECTION_CLOSED"]);
  });

  it("does not end a close that is only slow", async () => {
    const { clock, network, near, far } = await connect();
    network.setLine("a", "b", { bytesPerSecond: 1000 });
    for (let frame = 0; frame < 10; frame++) near.send(frame, 96);
    near.connection!.close();
    clock.advance(900);
    expect(near.heard).toEqual([]);
    clock.advance(200);
    expect(far.heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "CONNECTION_CLOSED"]);
    expect(near.heard).toEqual(["CONNECTION_CLOSED"]);
  });

  it("stands between the groups of a partition, both ways, and nowhere else", async () => {
    const { clock, network, near, far } = await connect();
    const other = await listen(network.transport("c"), "c:1");
    network.partition([["a"], ["b", "c"]]);
    near.send(1);
    far.send(2);
    const inside = dial(network.transport("b"), "c:1");
    clock.advance(1000);
    expect([near.heard, far.heard, inside.heard, other.accepted.length]).toEqual([[], [], ["opened"], 1]);
    network.partition([["a", "b", "c"]]);
    clock.settle();
    expect([near.heard, far.heard]).toEqual([[2], [1]]);
  });
});

describe("a line that takes time", () => {
  it("delays each frame, and the handshake by both ways", async () => {
    const { clock, network, near, far } = await connect();
    network.setLine("a", "b", { delayMs: 30 });
    network.setLine("b", "a", { delayMs: 50 });
    near.send(1);
    const next = dial(network.transport("a"), "b:1");
    clock.advance(29);
    expect(far.heard).toEqual([]);
    clock.advance(1);
    expect(far.heard).toEqual([1]);
    clock.advance(49);
    expect(next.heard).toEqual([]);
    clock.advance(1);
    expect(next.heard).toEqual(["opened"]);
  });

  it("carries so many bytes a second, and the queue says what has not passed", async () => {
    const { clock, network, near, far } = await connect();
    network.setLine("a", "b", { bytesPerSecond: 1000 });
    // A frame counts 4 bytes more than its own on the line, and 64 in the queue.
    expect([near.send(1, 496), near.send(2, 496), near.send(3, 496)]).toEqual([true, false, false]);
    expect(near.connection!.sendQueueBytes).toBe(1680);
    clock.advance(499);
    expect(far.heard).toEqual([]);
    clock.advance(1);
    expect(far.heard).toEqual([1]);
    clock.advance(500);
    expect([near.heard, near.connection!.sendQueueBytes]).toEqual([[], 560]);
    clock.advance(500);
    expect([near.heard, near.connection!.sendQueueBytes]).toEqual([["drained"], 0]);
    expect(far.heard).toEqual([1, 2, 3]);
  });

  it("is full of empty frames some time, too", async () => {
    const { network, near } = await connect();
    network.setLine("a", "b", { isCut: true });
    const answers = Array.from({ length: 16 }, () => near.send(0, 0));
    expect(answers).toEqual(Array.from({ length: 16 }, (_, sent) => sent < 15));
  });

  it("draws its jitter from the random that was given, and keeps the order", async () => {
    const arrivals = async (seed: number): Promise<[number, number][]> => {
      const { clock, network, near, far } = await connect(seed);
      const times: [number, number][] = [];
      far.onReceived = (frame) => times.push([frame[0]!, clock.nowMs()]);
      network.setLine("a", "b", { delayMs: 5, jitterMs: 20 });
      for (let frame = 0; frame < 20; frame++) near.send(frame);
      clock.advance(25);
      return times;
    };
    const first = await arrivals(1);
    expect(first.map(([frame]) => frame)).toEqual(Array.from({ length: 20 }, (_, frame) => frame));
    expect(first.every(([, atMs]) => atMs >= 5 && atMs <= 25)).toBe(true);
    expect(await arrivals(1)).toEqual(first);
    expect(await arrivals(2)).not.toEqual(first);
  });

  it("needs a clock", () => {
    const network = createMemoryNetwork();
    for (const conditions of [{ delayMs: 1 }, { jitterMs: 1 }, { bytesPerSecond: 1 }]) {
      expect(() => network.setLine("a", "b", conditions)).toThrow(AssertionError);
    }
    expect(() => network.setLine("a", "b", { delayMs: -1 })).toThrow(AssertionError);
    expect(() => network.setLine("a", "b", { bytesPerSecond: 0 })).toThrow(AssertionError);
  });
});

describe("connections that come to harm", () => {
  it("are told of a reset, at both ends", async () => {
    const { clock, network, near, far } = await connect();
    near.send(1);
    network.reset("b", "a");
    clock.settle();
    expect([near.heard, far.heard]).toEqual([["CONNECTION_CLOSED"], ["CONNECTION_CLOSED"]]);
  });

  it("are not told when they go silent, and new ones can be made", async () => {
    const { clock, network, near, far } = await connect();
    network.silence("a", "b");
    near.send(1);
    far.send(2);
    const next = dial(network.transport("a"), "b:1");
    clock.advance(10_000);
    network.heal();
    clock.settle();
    expect([near.heard, far.heard, next.heard]).toEqual([[], [], ["opened"]]);
    near.connection!.abort();
    clock.settle();
    expect([near.heard, far.heard]).toEqual([["CONNECTION_CLOSED"], []]);
  });

  it("are told that the other host has crashed, which itself hears nothing and can be used again", async () => {
    const { clock, network, near, far } = await connect();
    far.send(1);
    network.crash("b");
    const refused = dial(network.transport("a"), "b:1");
    clock.settle();
    expect([near.heard, far.heard, refused.heard]).toEqual([["CONNECTION_CLOSED"], [], ["UNREACHABLE"]]);
    await listen(network.transport("b"), "b:1");
    const again = dial(network.transport("a"), "b:1");
    clock.settle();
    expect(again.heard).toEqual(["opened"]);
  });

  it("lose only what is behind: the frames that arrive are a prefix, whatever the lines do", async () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant("send" as const), sizeBytes: fc.integer({ min: 1, max: 300 }) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 40 }) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("line" as const),
          isCut: fc.boolean(),
          delayMs: fc.integer({ min: 0, max: 20 }),
          jitterMs: fc.integer({ min: 0, max: 20 }),
          bytesPerSecond: fc.constantFrom(Number.POSITIVE_INFINITY, 5000),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("pause" as const), isPaused: fc.boolean() }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), fc.boolean(), async (actions, isAborted) => {
        const { clock, network, near, far } = await connect();
        let sent = 0;
        for (const step of actions) {
          if (step.kind === "send") near.send(sent++ % 256, step.sizeBytes);
          else if (step.kind === "wait") clock.advance(step.ms);
          else if (step.kind === "pause") far.connection![step.isPaused ? "pause" : "resume"]();
          else network.setLine("a", "b", step);
        }
        if (isAborted) near.connection!.abort();
        network.heal();
        far.connection!.resume();
        clock.advance(20_000);
        const frames = far.heard.filter((heard) => typeof heard === "number");
        expect(frames).toEqual(Array.from({ length: frames.length }, (_, frame) => frame % 256));
        if (!isAborted) expect(frames.length).toBe(sent);
      }),
    );
  });
});
