import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemoryNetwork } from "../src/index.ts";
import { dial, listen } from "./support.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function promiseRounds(count: number): Promise<void> {
  for (let round = 0; round < count; round++) await Promise.resolve();
}

describe("a network without a clock", () => {
  it("delivers while every timer of the platform is a fake that nobody advances", async () => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "performance", "Date", "hrtime"],
    });
    const network = createMemoryNetwork();
    const { accepted } = await listen(network.transport("b"), "b:1");
    const near = dial(network.transport("a"), "b:1");
    await promiseRounds(20);
    near.send(7);
    await promiseRounds(20);
    expect([near.heard, accepted[0]?.heard]).toEqual([["opened"], ["opened", 7]]);
  });

  it("lets timers and I/O have their turn between two ends that answer each other for ever", async () => {
    const network = createMemoryNetwork();
    const { accepted } = await listen(network.transport("b"), "b:1");
    const near = dial(network.transport("a"), "b:1");
    await promiseRounds(20);
    const far = accepted[0]!;
    let rallies = 0;
    let isOver = false;
    near.onReceived = () => {
      rallies += 1;
      if (!isOver) near.send(1);
    };
    far.onReceived = () => void far.send(2);
    near.send(1);
    // Promises alone would never let this come.
    await new Promise((resolve) => void setImmediate(resolve));
    isOver = true;
    expect(rallies).toBeGreaterThan(100);
    near.connection!.abort();
  });

  it("refuses a dial over a line that is cut, at once", async () => {
    const network = createMemoryNetwork();
    const { accepted } = await listen(network.transport("b"), "b:1");
    network.setLine("b", "a", { isCut: true });
    const near = dial(network.transport("a"), "b:1");
    expect(near.heard).toEqual([]);
    await promiseRounds(20);
    expect([near.heard, accepted.length]).toEqual([["UNREACHABLE"], 0]);
  });

  it("goes on after a handler that throws, with everybody else's", async () => {
    const tasks: (() => void)[] = [];
    const clock = {
      nextTurn: (task: () => void) => void tasks.push(task),
      setTimer: () => ({ cancel: () => undefined }),
    };
    const network = createMemoryNetwork({ clock: { ...clock, nowMs: () => 0 as never, wallTimeMs: () => 0 as never } });
    const { accepted } = await listen(network.transport("b"), "b:1");
    const settle = (): void => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
    };
    const [one, other] = [dial(network.transport("a"), "b:1"), dial(network.transport("a"), "b:1")];
    settle();
    accepted[0]!.onReceived = () => {
      throw new Error("a mistake of the user's");
    };
    one.send(1);
    other.send(2);
    expect(settle).toThrow("a mistake of the user's");
    settle();
    expect(accepted[1]!.heard).toEqual(["opened", 2]);
  });
});

describe("addresses", () => {
  it("are host:port, of the own host where one listens", async () => {
    const network = createMemoryNetwork();
    for (const address of ["b", "b:", "b:65536", "b:1:2", ":1", "b :1", "a:1"]) {
      await expect(listen(network.transport("b"), address)).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
    }
    const [one, other] = [await listen(network.transport("b"), "b:0"), await listen(network.transport("b"), "b:0")];
    expect([one.listener.address, other.listener.address]).toEqual(["b:49152", "b:49153"]);
    expect(() => network.transport("b:1")).toThrow("a host is text");
  });

  it("are those of the network, for all its hosts, and of no other network", async () => {
    const [network, other] = [createMemoryNetwork(), createMemoryNetwork()];
    const { accepted } = await listen(network.transport("b"), "b:1");
    const [here, there] = [dial(network.transport("c"), "b:1"), dial(other.transport("c"), "b:1")];
    await promiseRounds(30);
    expect([here.heard, there.heard, accepted.length]).toEqual([["opened"], ["UNREACHABLE"], 1]);
  });
});
