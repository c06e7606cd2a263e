import { describe, expect, it } from "vitest";
import {
  AssertionError,
  type Connection,
  type ConnectionHandler,
  type Listener,
  type ListenHandler,
  type ListenOptions,
  type Transport,
} from "../src/index.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryTransport } from "./memory-transport.ts";

const OPTIONS: ListenOptions = { frameSizeMaxBytes: 100, sendQueueTargetBytes: 10 };

/** Writes down what it hears, one line a call. */
function recorder(heard: string[], name: string): ConnectionHandler {
  return {
    opened: (info) => void heard.push(`${name} opened by ${info.identity.kind}`),
    received: (frame) => void heard.push(`${name} received ${frame.join(" ")}`),
    drained: () => void heard.push(`${name} drained`),
    closed: (reason) => void heard.push(`${name} closed: ${reason.code}`),
  };
}

/** Two ends that are open, and what they have heard since. */
async function connect(): Promise<{ clock: ManualClock; heard: string[]; near: Connection; far: Connection }> {
  const clock = new ManualClock();
  const transport: Transport = new MemoryTransport(clock);
  const heard: string[] = [];
  const accepted: Connection[] = [];
  const handler: ListenHandler = {
    accept: (connection) => {
      accepted.push(connection);
      return recorder(heard, "far");
    },
    refused: (reason) => void heard.push(`refused: ${reason.code}`),
  };
  await transport.listen("b", handler, OPTIONS);
  const near = transport.dial("b", recorder(heard, "near"), OPTIONS);
  expect(() => near.send(new Uint8Array(1))).toThrow(AssertionError);
  expect(heard).toEqual([]);
  clock.settle();
  expect(heard.splice(0)).toEqual(["far opened by none", "near opened by none"]);
  return { clock, heard, near, far: accepted[0]! };
}

/** That the seam can be implemented, and says enough to write these down without looking at an implementation. */
describe("a transport", () => {
  it("delivers frames whole and in order, in a later turn, and then closes both ends", async () => {
    const { clock, heard, near, far } = await connect();
    expect(near.send(Uint8Array.of(1, 2))).toBe(true);
    near.send(Uint8Array.of());
    far.send(Uint8Array.of(9));
    near.send(Uint8Array.of(3));
    near.close();
    expect(near.send(Uint8Array.of(4))).toBe(false);
    expect(heard).toEqual([]);
    clock.settle();
    expect(heard).toEqual([
      "far received 1 2",
      "far received ",
      "far received 3",
      "near closed: CONNECTION_CLOSED",
      "far closed: CONNECTION_CLOSED",
    ]);
    far.close();
    far.abort();
    clock.settle();
    expect(heard).toHaveLength(5);
    expect(far.send(Uint8Array.of(5))).toBe(false);
  });

  it("takes frames above the target, says so, and tells when to go on", async () => {
    const { clock, heard, near, far } = await connect();
    far.pause();
    expect(near.send(new Uint8Array(10))).toBe(true);
    expect(near.send(Uint8Array.of(7))).toBe(false);
    expect(near.sendQueueBytes).toBe(11);
    clock.settle();
    expect(heard).toEqual([]);
    far.resume();
    clock.settle();
    expect(heard).toEqual(["far received 0 0 0 0 0 0 0 0 0 0", "far received 7", "near drained"]);
    expect(near.sendQueueBytes).toBe(0);
  });

  it("closes at a frame that is too large, with the frames before it delivered", async () => {
    const { clock, heard, near } = await connect();
    near.send(Uint8Array.of(1));
    near.send(new Uint8Array(101));
    near.send(Uint8Array.of(2));
    clock.settle();
    expect(heard).toEqual(["far received 1", "far closed: FRAME_TOO_LARGE", "near closed: CONNECTION_CLOSED"]);
  });

  it("loses what was not sent when it is aborted", async () => {
    const { clock, heard, near } = await connect();
    near.send(Uint8Array.of(1));
    near.abort();
    clock.settle();
    expect(heard).toEqual(["near closed: CONNECTION_CLOSED", "far closed: CONNECTION_CLOSED"]);
  });

  it("tells of a dial that failed by closed alone, and of one that was given up", async () => {
    const clock = new ManualClock();
    const transport = new MemoryTransport(clock);
    const heard: string[] = [];
    transport.dial("nobody", recorder(heard, "lost"), OPTIONS);
    transport.dial("nobody", recorder(heard, "given up"), OPTIONS).close();
    expect(heard).toEqual([]);
    clock.settle();
    expect(heard.toSorted()).toEqual(["given up closed: CONNECTION_CLOSED", "lost closed: UNREACHABLE"]);
  });

  it("refuses an address that is taken, until the listener has closed", async () => {
    const transport = new MemoryTransport(new ManualClock());
    const handler: ListenHandler = { accept: () => recorder([], ""), refused: () => undefined };
    const listen = (): Promise<Listener> => transport.listen("b", handler, OPTIONS);
    const listener = await listen();
    await expect(listen()).rejects.toMatchObject({ code: "ADDRESS_IN_USE", retryable: true });
    await listener.close();
    expect((await listen()).address).toBe("b");
  });
});
