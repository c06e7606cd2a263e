import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSeededRandom } from "@coterie/interface";
import { Line, type Mode } from "./line.mjs";

describe("a line between two peers", () => {
  let server: Server;
  let line: Line;
  let port: number;
  let dialled: Socket;
  let taken: Socket;

  beforeEach(async () => {
    server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    line = new Line((server.address() as AddressInfo).port, createSeededRandom(1));
    port = await line.listen();
    dialled = connect(port, "127.0.0.1");
    dialled.on("error", () => undefined);
    [taken] = (await once(server, "connection")) as [Socket];
    taken.on("error", () => undefined);
  });
  afterEach(() => {
    for (const socket of [dialled, taken]) socket.destroy();
    line.close();
    server.close();
  });

  /** Whatever error comes before it. */
  function closed(socket: Socket): Promise<void> {
    return new Promise((resolve) => socket.once("close", () => resolve()));
  }

  async function receive(socket: Socket, lengthBytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = lengthBytes; left > 0; left -= pieces.at(-1)!.length) {
      const [piece] = (await once(socket, "data")) as [Buffer];
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  const bytes = Buffer.from(createSeededRandom(2).bytes(60_000));

  it.each<Mode>(["open", "slow", "crumbs"])("that is %s brings all bytes in order, both ways", async (mode) => {
    line.become(mode, 1);
    dialled.write(bytes);
    expect((await receive(taken, bytes.length)).equals(bytes)).toBe(true);
    taken.write(bytes);
    expect((await receive(dialled, bytes.length)).equals(bytes)).toBe(true);
  });

  it("that is cut resets its connections, and those that are dialled anew", async () => {
    const both = Promise.all([closed(dialled), closed(taken)]);
    line.become("cut");
    await both;
    const again = connect(port, "127.0.0.1");
    again.on("error", () => undefined);
    await closed(again);
    expect(again.bytesRead).toBe(0);
  });

  it("that is silent keeps what was sent until it is open, and a line that is deaf lets answers through", async () => {
    line.become("silent");
    dialled.write("asked");
    line.become("deaf");
    taken.write("told");
    expect((await receive(dialled, 4)).toString()).toBe("told");
    expect(taken.bytesRead).toBe(0);
    line.become("open");
    expect((await receive(taken, 5)).toString()).toBe("asked");
  });

  it("that takes everything twice gives a second connection the same bytes, and lets nothing of it be heard", async () => {
    line.become("twice");
    const comers: Socket[] = [];
    const both = new Promise<void>((resolve) => {
      server.on("connection", (socket: Socket) => {
        socket.on("error", () => undefined);
        if (comers.push(socket) === 2) resolve();
      });
    });
    const again = connect(port, "127.0.0.1");
    again.write("asked");
    await both;
    const heard = await Promise.all(comers.map((socket) => receive(socket, 5)));
    expect(heard.map(String)).toEqual(["asked", "asked"]);
    // Which of them is the first one, the one that is answered tells.
    for (const socket of comers) socket.write("told");
    expect((await receive(again, 4)).toString()).toBe("told");
    for (const socket of comers) socket.end();
    await once(again, "end");
    expect(again.bytesRead).toBe(4);
    again.destroy();
  });

  it("that is halved breaks at the dialling end, and tells the other one nothing", async () => {
    const broken = closed(dialled);
    line.halve();
    await broken;
    // What it sends now is taken, and goes nowhere.
    taken.write("is anybody there");
    expect([taken.destroyed, taken.readableEnded]).toEqual([false, false]);
  });
});
