import { type Connection, type Listener, type ListenOptions, type Transport } from "@coterie/interface";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createTcpTransport, type TcpTransportOptions } from "../src/index.ts";
import { bytes, OPTIONS, Porter, Recorder } from "./recorder.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Setup {
  transport: Transport;
  porter: Porter;
  listener: Listener;
  port: number;
}

async function listen(
  options: Partial<ListenOptions> = {},
  transportOptions: TcpTransportOptions = {},
): Promise<Setup> {
  const transport = createTcpTransport(transportOptions);
  const porter = new Porter();
  const listener = await transport.listen("127.0.0.1:0", porter, { ...OPTIONS, ...options });
  closers.push(
    () => listener.close(),
    () => porter.connections.forEach((connection) => connection.abort()),
  );
  return { transport, porter, listener, port: Number(listener.address.split(":")[1]) };
}

function dial(setup: Setup, options = OPTIONS): { near: Connection; nearHeard: Recorder } {
  const nearHeard = new Recorder();
  const near = setup.transport.dial(setup.listener.address, nearHeard, options);
  closers.push(() => near.abort());
  return { near, nearHeard };
}

/** A socket that is no transport of ours. */
async function rawSocket({ port }: Setup): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  closers.push(() => socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

async function textOf(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe("a connection over TCP", () => {
  it("carries frames both ways and says where it comes from", async () => {
    const setup = await listen();
    const { near, nearHeard } = dial(setup);
    const info = await nearHeard.untilOpened();
    const far = await setup.porter.at(0);
    expect(info).toMatchObject({ remoteAddress: setup.listener.address, remoteIp: "127.0.0.1", isLocal: true });
    expect(far.recorder.info).toMatchObject({ remoteAddress: info.localAddress, identity: { kind: "none" } });
    for (const text of ["a", "", "bc"]) near.send(bytes(text));
    far.connection.send(bytes("d"));
    await far.recorder.until(() => far.recorder.frames.length === 3);
    await nearHeard.until(() => nearHeard.frames.length === 1);
    expect([far.recorder.text, nearHeard.text]).toEqual([["a", "", "bc"], ["d"]]);
  });

  it("puts all frames of a turn into one write, with small and large frames mixed", async () => {
    const setup = await listen();
    const socket = await rawSocket(setup);
    const far = await setup.porter.at(0);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    for (const text of ["a", "bc", ""]) far.connection.send(bytes(text));
    far.connection.close();
    await new Promise((resolve) => socket.once("end", resolve));
    expect(chunks).toEqual([Buffer.from("\0\0\0\x01a\0\0\0\x02bc\0\0\0\0")]);
  });

  it("answers a four-letter word in plain text, even to a client that has ended its side", async () => {
    const setup = await listen({ fourLetterWords: ["ruok"] });
    const socket = await rawSocket(setup);
    socket.end("ruok");
    const far = await setup.porter.at(0);
    expect((await far.recorder.untilOpened()).fourLetterWord).toBe("ruok");
    far.connection.send(bytes("imok"));
    far.connection.close();
    expect(await textOf(socket)).toBe("imok");
    expect((await far.recorder.untilClosed()).code).toBe("CONNECTION_CLOSED");
    expect(far.recorder.heard).toEqual(["opened", "closed"]);
  });
});
