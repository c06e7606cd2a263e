import type { Connection, ConnectionHandler, ConnectionInfo, CoterieError } from "@coterie/interface";
import { type ChildProcess, fork } from "node:child_process";
import cluster from "node:cluster";
import { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { createMessageTransport, type MessageCarrier, type MessageTransport } from "../src/index.ts";

const OPTIONS = { frameSizeMaxBytes: 10_000_000, sendQueueTargetBytes: 100_000 };
const ECHO = new URL("fixtures/echo.mjs", import.meta.url);

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Writes down what a connection tells, and lets a test wait for it. */
class Recorder implements ConnectionHandler {
  info: ConnectionInfo | null = null;
  reason: CoterieError | null = null;
  readonly frames: Uint8Array[] = [];
  private look: () => void = () => undefined;

  opened(info: ConnectionInfo): void {
    this.info = info;
    this.look();
  }

  received(frame: Uint8Array): void {
    this.frames.push(frame);
    this.look();
  }

  drained(): void {
    this.look();
  }

  closed(reason: CoterieError): void {
    this.reason = reason;
    this.look();
  }

  until(isMet: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.look = () => {
        if (isMet()) resolve();
      };
      this.look();
    });
  }
}

function dial(transport: MessageTransport, name: string): { connection: Connection; heard: Recorder } {
  const heard = new Recorder();
  return { connection: transport.dial(name, heard, OPTIONS), heard };
}

async function listen(transport: MessageTransport, name: string): Promise<Recorder[]> {
  const recorders: Recorder[] = [];
  const accept = (): Recorder => {
    recorders.push(new Recorder());
    return recorders.at(-1)!;
  };
  const listener = await transport.listen(name, { accept, refused: () => undefined }, OPTIONS);
  closers.push(() => listener.close());
  return recorders;
}

function joined(carrier: MessageCarrier): MessageTransport {
  const transport = createMessageTransport();
  const membership = transport.join(carrier);
  closers.push(() => membership.leave());
  return transport;
}

/** Nobody but the transport listens to its errors. */
function startWorker(): Worker {
  const worker = new Worker(ECHO);
  closers.push(() => worker.terminate());
  return worker;
}

function startChild(serialization: "json" | "advanced"): ChildProcess {
  const child = fork(ECHO, { serialization, stdio: ["ignore", "ignore", "ignore", "ipc"], execArgv: [] });
  closers.push(() => child.kill());
  return child;
}

async function expectEcho(transport: MessageTransport): Promise<{ connection: Connection; heard: Recorder }> {
  const { connection, heard } = dial(transport, "echo");
  await heard.until(() => heard.info !== null);
  const sent = [Uint8Array.of(), Uint8Array.of(1, 2, 3), new Uint8Array(3_000_000).fill(5)];
  for (const frame of sent) connection.send(frame);
  await heard.until(() => heard.frames.length === sent.length);
  expect(heard.frames.map((frame, index) => Buffer.compare(frame, sent[index]!))).toEqual([0, 0, 0]);
  expect(heard.info).toMatchObject({ remoteAddress: "echo", remoteIp: null, isLocal: true });
  return { connection, heard };
}

describe("a worker", () => {
  it.each(["exit", "crash", "port"])("is reached, and its connections end with it: %s", async (deed) => {
    const { connection, heard } = await expectEcho(joined(startWorker()));
    connection.send(Buffer.from(deed));
    await heard.until(() => heard.reason !== null);
    expect(heard.reason?.code).toBe("CONNECTION_CLOSED");
  });

  it("that throws is a lost connection, whose cause is what was thrown, and not the end of this thread", async () => {
    const worker = startWorker();
    const { connection, heard } = await expectEcho(joined(worker));
    connection.send(Buffer.from("crash"));
    await heard.until(() => heard.reason !== null);
    expect(heard.reason?.cause).toMatchObject({ message: "as was asked" });
  });

  it("that throws after its channel was lost, or something that is no error, ends nobody either", async () => {
    const worker = startWorker();
    const { heard } = await expectEcho(joined(worker));
    worker.emit("messageerror", new Error("unreadable"));
    await heard.until(() => heard.reason !== null);
    expect(heard.reason?.cause).toMatchObject({ message: "unreadable" });
    expect(worker.emit("error", 5)).toBe(true);
    const second = startWorker();
    const other = await expectEcho(joined(second));
    second.emit("error", 5);
    await other.heard.until(() => other.heard.reason !== null);
    expect(other.heard.reason?.cause).toMatchObject({ message: "the worker has thrown an error", cause: 5 });
  });

  it("that was left is its owner's again, errors and all", () => {
    const worker = startWorker();
    const membership = createMessageTransport().join(worker);
    membership.leave();
    const events = ["message", "messageerror", "close", "error", "exit"];
    expect(events.filter((name) => worker.listenerCount(name) > 0)).toEqual([]);
  });

  it("that is terminated while it dials or listens is a lost connection", async () => {
    const worker = startWorker();
    const transport = joined(worker);
    const { heard } = await expectEcho(transport);
    await worker.terminate();
    await heard.until(() => heard.reason !== null);
    expect(heard.reason?.code).toBe("CONNECTION_CLOSED");
    const late = dial(transport, "echo").heard;
    await late.until(() => late.reason !== null);
    expect(late.reason?.code).toBe("UNREACHABLE");
  });
});

describe("a forked process", () => {
  it.each(["json", "advanced"] as const)("is reached by %s messages, and its connections end with it", async (kind) => {
    const { connection, heard } = await expectEcho(joined(startChild(kind)));
    connection.send(Buffer.from("exit"));
    await heard.until(() => heard.reason !== null);
    expect(heard.reason?.code).toBe("CONNECTION_CLOSED");
  });

  it("is reached also by what node:cluster gives for it", async () => {
    cluster.setupPrimary({ exec: fileURLToPath(ECHO), execArgv: [], silent: true });
    const worker = cluster.fork();
    closers.push(() => worker.process.kill());
    const { heard } = await expectEcho(joined(worker));
    worker.process.kill();
    await heard.until(() => heard.reason !== null);
    expect(heard.reason?.code).toBe("CONNECTION_CLOSED");
  });

  it("that is disconnected is lost, and nothing is thrown at the process", async () => {
    const child = startChild("advanced");
    const { connection, heard } = await expectEcho(joined(child));
    child.disconnect();
    connection.send(Uint8Array.of(1));
    await heard.until(() => heard.reason !== null);
    expect(heard.reason?.code).toBe("CONNECTION_CLOSED");
  });
});

describe("joined transports", () => {
  it.each([undefined, null, 5, "worker", {}, new EventEmitter()])("are joined by a carrier, not by %s", (carrier) => {
    expect(() => createMessageTransport().join(carrier as MessageCarrier)).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENTS" }),
    );
  });

  it.each([undefined, null, 5, {}, Symbol("s")])(
    "are told by closed, and by listen, what is no name: %s",
    async (name) => {
      const transport = createMessageTransport();
      const { heard } = dial(transport, name as string);
      await heard.until(() => heard.reason !== null);
      expect(heard.reason?.code).toBe("ADDRESS_UNUSABLE");
      await expect(listen(transport, name as string)).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
    },
  );

  it("have no words, and limits that are some", async () => {
    const handler = { accept: () => new Recorder(), refused: () => undefined };
    const words = { ...OPTIONS, fourLetterWords: ["ruok"] };
    await expect(createMessageTransport().listen("a", handler, words)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    expect(() => createMessageTransport({ limits: { connectionsMax: Number.NaN } })).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENTS" }),
    );
  });

  it("take no more than the window from an end that does not keep to it", async () => {
    const { port1, port2 } = new MessageChannel();
    const accepted: Connection[] = [];
    const recorder = new Recorder();
    const transport = joined(port1);
    const accept = (connection: Connection): Recorder => {
      accepted.push(connection);
      return recorder;
    };
    await transport.listen("place", { accept, refused: () => undefined }, OPTIONS);
    closers.push(() => port1.close());
    const say = (message: object): void => port2.postMessage({ coterie: 1, message });
    const number = new Promise<number>((resolve) => {
      port2.on("message", ({ message }: { message: { kind: string; from: number } }) => {
        if (message.kind === "opened") resolve(message.from);
      });
    });
    say({ kind: "hello", isAnswer: true, probe: Uint8Array.of(1) });
    say({ kind: "open", from: 7, name: "place" });
    const to = await number;
    accepted[0]!.pause();
    for (let piece = 0; piece < 2; piece++) say({ kind: "data", to, bytes: new Uint8Array(600_000) });
    await recorder.until(() => recorder.reason !== null);
    expect(recorder.reason?.message).toContain("1048576 bytes");
  });

  it("reach each other both ways through one port, and each what listens at itself", async () => {
    const { port1, port2 } = new MessageChannel();
    const [one, other] = [joined(port1), joined(port2)];
    await listen(one, "one");
    await listen(other, "other");
    for (const { heard } of [dial(one, "other"), dial(other, "one"), dial(one, "one")]) {
      await heard.until(() => heard.info !== null);
      expect(heard.reason).toBeNull();
    }
  });

  it("do not disturb who else uses the port", async () => {
    const { port1, port2 } = new MessageChannel();
    const [one, other] = [joined(port1), joined(port2)];
    await listen(other, "other");
    const seen: unknown[] = [];
    port2.on("message", (message: unknown) => seen.push(message));
    for (const message of ["hello", null, 5, { coterie: 1 }, { coterie: 1, message: { kind: "data", to: -1 } }]) {
      port1.postMessage(message);
    }
    const { heard } = dial(one, "other");
    await heard.until(() => heard.info !== null);
    expect(seen).toEqual(expect.arrayContaining(["hello", null, 5]));
    expect(heard.reason).toBeNull();
  });

  it("wait for a transport that is joined later", async () => {
    const { port1, port2 } = new MessageChannel();
    const { heard } = dial(joined(port1), "other");
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.reason).toBeNull();
    const other = createMessageTransport();
    await listen(other, "other");
    const membership = other.join(port2);
    closers.push(() => membership.leave());
    await heard.until(() => heard.info !== null);
    expect(heard.reason).toBeNull();
  });

  it("lose their connections when one of them leaves, or is joined anew", async () => {
    const { port1, port2 } = new MessageChannel();
    const one = joined(port1);
    const other = createMessageTransport();
    const first = other.join(port2);
    const accepted = await listen(other, "other");
    const before = dial(one, "other").heard;
    await before.until(() => before.info !== null);
    first.leave();
    const second = other.join(port2);
    closers.push(() => second.leave());
    await before.until(() => before.reason !== null);
    await accepted[0]!.until(() => accepted[0]!.reason !== null);
    const after = dial(one, "other").heard;
    await after.until(() => after.info !== null);
    expect([before.reason?.code, accepted[0]!.reason?.code, after.reason]).toEqual([
      "CONNECTION_CLOSED",
      "CONNECTION_CLOSED",
      null,
    ]);
  });

  it("are asked together: one that does not answer keeps nobody waiting", async () => {
    const silent = new MessageChannel();
    const { port1, port2 } = new MessageChannel();
    const one = joined(silent.port1);
    closers.push(() => silent.port1.close());
    const membership = one.join(port1);
    closers.push(() => membership.leave());
    await listen(joined(port2), "other");
    const { heard } = dial(one, "other");
    await heard.until(() => heard.info !== null);
    expect(heard.reason).toBeNull();
  });
});
