import { createFrameSplitter, JuteReader, JuteWriter, readRequest, writeConnectResponse } from "@coterie/protocol";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hasCommand } from "../../bench/compare/servers/has-command.mjs";
import { generate } from "../../bench/compare/load/generator.mjs";
import { describeForeign } from "../interop/describe-foreign.ts";

const NONE = new Uint8Array();

/** Answers everything but the sets that `isSilent` names by their path, the last part of which is the session's number. */
function serve(socket: Socket, isSilent: (path: string, data: Uint8Array) => boolean): void {
  const splitter = createFrameSplitter({ frameSizeMaxBytes: 2 ** 20 });
  let isGreeted = false;
  const send = (writer: JuteWriter): void => {
    const body = writer.copy();
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length);
    socket.write(Buffer.concat([length, body]));
  };
  const answer = (frame: Uint8Array): void => {
    const writer = new JuteWriter();
    if (isGreeted) {
      const { xid, body } = readRequest(new JuteReader(frame));
      if (body.kind === "setData" && isSilent(body.path, body.data ?? NONE)) return;
      writer.writeInt(xid);
      writer.writeLong(1);
      writer.writeInt(0);
    } else {
      isGreeted = true;
      const password = new Uint8Array(16);
      writeConnectResponse(writer, { protocolVersion: 0, timeoutMs: 10_000, sessionId: 1n, password, readOnly: false });
    }
    send(writer);
  };
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    splitter.push(chunk);
    for (let frame = splitter.next(); frame !== null; frame = splitter.next()) answer(frame);
  });
}

const missing = hasCommand("cc") ? undefined : "there is no C compiler";

describeForeign("the load generator's failover", missing, () => {
  let server: Server;
  let isSilent: (path: string, data: Uint8Array) => boolean;

  beforeAll(async () => {
    server = createServer((socket) => serve(socket, (path, data) => isSilent(path, data))).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(async () => {
    server.close();
    await once(server, "close");
  });

  const run = (load: object): ReturnType<typeof generate> => {
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return generate({ mode: "failover", warmup: 0, ...load }, [address]);
  };

  it("counts a session that writes nothing, or nothing any more, as gone until the end", async () => {
    let second = 0;
    isSilent = (path) => path.endsWith("/0") || (path.endsWith("/1") && second++ > 0);
    const { by_session: sessions } = (await run({ sessions: 3, count: 50, seconds: 60 })) as {
      readonly by_session: readonly { readonly gap_ms: number; readonly server_after: number }[];
    };
    const [never, single, always] = sessions;
    expect([never?.server_after, always?.server_after]).toEqual([-1, 0]);
    const gaps = sessions.map(({ gap_ms: gap }) => gap);
    expect(never?.gap_ms).toBe(Math.max(...gaps));
    // One write parts the whole time in two, one of which is half of it; that it begins a little later is allowed for.
    expect(single?.gap_ms).toBeGreaterThan(never!.gap_ms / 3);
  });

  it("writes what does not compress, or what a store takes on disk would say nothing", async () => {
    const written: Uint8Array[] = [];
    isSilent = (_path, data) => {
      written.push(data.slice());
      return false;
    };
    await run({ sessions: 1, count: 100, seconds: 60, size: 100 });
    const bytes = Buffer.concat(written);
    expect(bytes.length).toBeGreaterThanOrEqual(10_000);
    expect(deflateSync(bytes).length).toBeGreaterThan(bytes.length * 0.98);
  });

  it("counts a service that never answers as gone for the whole time", async () => {
    isSilent = () => true;
    const result = await run({ sessions: 2, seconds: 0.1 });
    expect(result).toMatchObject({ operations: 0, by_session: [{ server_after: -1 }, { server_after: -1 }] });
    expect(result["service_gap_ms"]).toBeGreaterThanOrEqual(100);
  });
});
