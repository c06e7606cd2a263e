import { once } from "node:events";
import { Server } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createTcpTransport } from "../src/index.ts";
import { Ends } from "./ends.ts";
import { HeldClock } from "./held-clock.ts";
import { bytes } from "./recorder.ts";

const ends = new Ends();
afterEach(async () => ends.close());

describe("a connection over TCP", () => {
  it("says where it comes from", async () => {
    const { transport, listener, porter } = await ends.listen();
    const { heard } = ends.dial(transport, listener.address);
    const info = await heard.untilOpened();
    const far = await porter.at(0);
    expect(info).toMatchObject({ remoteAddress: listener.address, remoteIp: "127.0.0.1", isLocal: true });
    expect(far.recorder.info).toMatchObject({ remoteAddress: info.localAddress, identity: { kind: "none" } });
  });

  it("puts all frames of a turn into one write", async () => {
    const { port, porter } = await ends.listen();
    const socket = await ends.socket(port);
    const far = await porter.at(0);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    for (const text of ["a", "bc", ""]) far.connection.send(bytes(text));
    far.connection.close();
    await once(socket, "end");
    expect(chunks).toEqual([Buffer.from("\0\0\0\x01a\0\0\0\x02bc\0\0\0\0")]);
  });

  it("is reached by a name, which is resolved at each dial", async () => {
    const { listener, port, porter } = await ends.listen();
    const asked: string[] = [];
    const transport = createTcpTransport({
      resolveName: async (name) => {
        asked.push(name);
        return [{ address: "127.0.0.1", family: 4 }];
      },
    });
    for (const name of ["peer.example", "peer.example"]) {
      await ends.dial(transport, `${name}:${port}`).heard.untilOpened();
    }
    expect(asked).toEqual(["peer.example", "peer.example"]);
    expect([listener.address, porter.connections.length]).toEqual([`127.0.0.1:${port}`, 2]);
  });

  it("does not wait for a dead name that another dial waits for, which ends in time", async () => {
    const clock = new HeldClock();
    const transport = createTcpTransport({
      clock,
      limits: { dialTimeoutMs: 1000 },
      resolveName: (name) =>
        name === "dead.example" ? new Promise(() => undefined) : Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
    });
    const { port } = await ends.listenWith(transport);
    const dead = ends.dial(transport, `dead.example:${port}`).heard;
    await ends.dial(transport, `live.example:${port}`).heard.untilOpened();
    expect(dead.heard).toEqual([]);
    await clock.advance(1000);
    expect((await dead.untilClosed()).code).toBe("UNREACHABLE");
  });

  it("that ends inside a frame is broken, and says so", async () => {
    const { port, porter } = await ends.listen();
    const socket = await ends.socket(port);
    socket.end(Buffer.from("\0\0\0\x01a\0\0\0\x09b"));
    const { recorder } = await porter.at(0);
    const reason = await recorder.untilClosed();
    expect([recorder.text, reason.code, String(reason.cause)]).toEqual([
      ["a"],
      "CONNECTION_CLOSED",
      "Error: the stream ended inside a frame",
    ]);
  });

  it("hands on what waits behind a pause before it tells that the other end has closed", async () => {
    const { port, porter } = await ends.listen();
    const socket = await ends.socket(port);
    const { connection, recorder } = await porter.at(0);
    recorder.onFrame = () => connection.pause();
    // One chunk: the end of the stream comes while two frames wait.
    socket.end(Buffer.from("\0\0\0\x01a\0\0\0\x01b\0\0\0\x01c"));
    for (const text of ["a", "ab", "abc"]) {
      await recorder.until(() => recorder.text.join("") === text);
      // As many turns as the end of the stream can take on its way through this process.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(recorder.reason?.code ?? text).toBe(text === "abc" ? "CONNECTION_CLOSED" : text);
      connection.resume();
    }
    expect([recorder.text, recorder.reason?.cause]).toEqual([["a", "b", "c"], undefined]);
  });

  it("has a queue that empty frames fill, too, and writes no more of them at once than of others", async () => {
    const { port, porter } = await ends.listen();
    const socket = await ends.socket(port);
    const { connection, recorder } = await porter.at(0);
    const answers = Array.from({ length: 10_000 }, () => connection.send(new Uint8Array(0)));
    // 64 bytes each, and a target of 100,000.
    expect(answers.filter(Boolean)).toHaveLength(1562);
    expect(connection.sendQueueBytes).toBe(640_000);
    let chunkMaxBytes = 0;
    let readBytes = 0;
    socket.on("data", (chunk: Buffer) => {
      chunkMaxBytes = Math.max(chunkMaxBytes, chunk.length);
      readBytes += chunk.length;
    });
    await recorder.until(() => recorder.heard.includes("drained"));
    while (readBytes < 40_000) await new Promise((resolve) => setImmediate(resolve));
    expect([readBytes, connection.sendQueueBytes]).toEqual([40_000, 0]);
    // 4,096 frames of 4 bytes, unless the operating system puts two writes together.
    expect(chunkMaxBytes).toBeLessThanOrEqual(65_536);
  });

  it("listens at a port that is free, at IPv4 and IPv6", async () => {
    for (const host of ["127.0.0.1", "[::1]"]) {
      const { listener, transport } = await ends.listen({}, {}, `${host}:0`);
      expect(listener.address).toMatch(/:[1-9]\d*$/);
      expect(listener.address.startsWith(host)).toBe(true);
      expect((await ends.dial(transport, listener.address).heard.untilOpened()).isLocal).toBe(true);
    }
  });

  it("cannot listen at an address of another machine", async () => {
    const listening = ends.listen({}, {}, "192.0.2.1:0");
    await expect(listening).rejects.toMatchObject({ code: "ADDRESS_UNUSABLE" });
  });
});

describe("the limits of a TCP transport", () => {
  it.each([
    ["all", { connectionsMax: 1 }, { connectionsMax: 2 }, "connectionsMax"],
    ["one address", { connectionsPerAddressMax: 1 }, { connectionsPerAddressMax: 2 }, "connectionsPerAddressMax"],
  ] as const)("are the listener's own where it has them, for %s", async (_of, limits, listening, name) => {
    const { port, porter } = await ends.listen({ limits }, listening);
    await ends.socket(port);
    await ends.socket(port);
    await ends.socket(port);
    expect((await porter.refusal()).message).toContain(`there are 2 connections`);
    expect((await porter.refusal()).message).toContain(name);
    expect(porter.connections.length).toBe(2);
  });

  it("are none where a listener says 0", async () => {
    const limits = { connectionsMax: 1, connectionsPerAddressMax: 1 };
    const { port, porter } = await ends.listen({ limits }, { connectionsMax: 0, connectionsPerAddressMax: 0 });
    for (let count = 0; count < 3; count++) await ends.socket(port);
    await porter.until(() => porter.connections.length + porter.refusals.length === 3);
    expect(porter.refusals).toEqual([]);
  });

  it("hold for the connections of one address; one that has ended makes room", async () => {
    const { port, porter } = await ends.listen({ limits: { connectionsPerAddressMax: 2 } });
    const first = await ends.socket(port);
    await ends.socket(port);
    await porter.at(1);
    const third = await ends.socket(port);
    expect((await porter.refusal()).message).toContain("connectionsPerAddressMax");
    third.resume();
    await once(third, "end");
    first.destroy();
    await porter.recorders[0]!.untilClosed();
    // The socket itself may be a turn behind.
    for (let refusals = 1; porter.connections.length < 3; refusals++) {
      await ends.socket(port);
      await porter.until(() => porter.connections.length === 3 || porter.refusals.length > refusals);
      expect(refusals).toBeLessThan(10);
    }
    expect(porter.recorders.map(({ reason }) => reason?.code)).toEqual(["CONNECTION_CLOSED", undefined, undefined]);
  });

  it("hold for all connections", async () => {
    const { port, porter } = await ends.listen({ limits: { connectionsMax: 1 } });
    await ends.socket(port);
    await porter.at(0);
    await ends.socket(port);
    expect((await porter.refusal()).message).toContain("connectionsMax");
  });

  it("end a handshake that is too slow, however it is fed", async () => {
    const clock = new HeldClock();
    const options = { clock, limits: { handshakeTimeoutMs: 100 } };
    const { port, porter } = await ends.listen(options, { fourLetterWords: ["ruok"] });
    const socket = await ends.socket(port);
    socket.write("ru");
    while (clock.timerCount === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(99);
    socket.write("o");
    await clock.advance(1);
    expect(await porter.refusal()).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(porter.connections).toEqual([]);
  });

  it("keep the log short: who knocks often is named a hundred times, and then a few times a second", async () => {
    const { port, porter } = await ends.listen({ limits: { connectionsMax: 0 }, clock: new HeldClock() });
    for (let knock = 0; knock < 120; knock++) {
      const socket = await ends.socket(port);
      socket.resume();
      await once(socket, "end");
    }
    await porter.until(() => porter.refusals.length >= 100);
    expect(porter.refusals).toHaveLength(100);
  });

  it("are told where the operating system has no descriptor for a connection, and the listener goes on", async () => {
    const servers: Server[] = [];
    const { listen } = Server.prototype;
    vi.spyOn(Server.prototype, "listen").mockImplementation(function (this: Server, ...args: unknown[]) {
      servers.push(this);
      return Reflect.apply(listen, this, args) as Server;
    });
    ends.later(() => vi.restoreAllMocks());
    const { transport, listener, porter } = await ends.listen();
    servers[0]!.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
    const reason = await porter.refusal();
    expect([reason.code, reason.message]).toEqual(["CONNECTION_CLOSED", "A connection could not be taken in: EMFILE."]);
    await ends.dial(transport, listener.address).heard.untilOpened();
  });

  it("end a connection that was closed and whose other end does not read", async () => {
    const clock = new HeldClock();
    const { port, porter } = await ends.listen({ clock, limits: { closeTimeoutMs: 1000 } });
    await ends.socket(port);
    const { connection, recorder } = await porter.at(0);
    for (let sent = 0; sent < 64; sent++) connection.send(new Uint8Array(1_000_000));
    connection.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(recorder.reason).toBeNull();
    // As long as the operating systems' buffers take more, there is progress, and each batch has its own second.
    for (let seconds = 0; recorder.reason === null; seconds++) {
      await clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
      expect(seconds).toBeLessThan(1000);
    }
    expect(recorder.reason.message).toContain("did not read");
  });
});

describe("a four-letter word", () => {
  it("is answered in plain text, even to a client that has ended its side", async () => {
    const { port, porter } = await ends.listen({}, { fourLetterWords: ["ruok"] });
    const socket = await ends.socket(port);
    socket.end("ruok");
    const { connection, recorder } = await porter.at(0);
    expect((await recorder.untilOpened()).fourLetterWord).toBe("ruok");
    connection.send(bytes("imok"));
    connection.close();
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toBe("imok");
    await recorder.untilClosed();
    expect(recorder.heard).toEqual(["opened", "closed"]);
  });

  it("that nobody answers does not keep a connection whose client has gone", async () => {
    const clock = new HeldClock();
    const { port, porter } = await ends.listen(
      { clock, limits: { closeTimeoutMs: 50 } },
      { fourLetterWords: ["ruok"] },
    );
    const socket = await ends.socket(port);
    socket.end("ruok");
    const { recorder } = await porter.at(0);
    while (clock.timerCount === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(50);
    expect((await recorder.untilClosed()).code).toBe("CONNECTION_CLOSED");
  });

  it("may come byte by byte, and so may the first frame of a client", async () => {
    const { port, porter } = await ends.listen({}, { fourLetterWords: ["srvr"] });
    const socket = await ends.socket(port);
    for (const byte of "\0\0\0\x02hi") {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { recorder } = await porter.at(0);
    await recorder.until(() => recorder.frames.length === 1);
    expect([recorder.text, recorder.info?.fourLetterWord]).toEqual([["hi"], null]);
  });
});
