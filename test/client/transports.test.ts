import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { connect } from "@coterie/client";
import type { Listener, Transport } from "@coterie/interface";
import { createMessageTransport, createSocketTransport } from "@coterie/transport-ipc";
import { createTcpTransport } from "@coterie/transport-tcp";
import { describe, expect, it } from "vitest";
import { FakeServer } from "../../packages/client/test/support/fake-server.ts";

interface Way {
  readonly server: Transport;
  readonly client: Transport;
  readonly address: string;
  close(): void;
}

const WAYS: Readonly<Record<string, () => Way>> = {
  TCP: () => {
    const transport = createTcpTransport();
    return { server: transport, client: transport, address: "127.0.0.1:0", close: () => {} };
  },
  "a unix socket": () => {
    const folder = mkdtempSync(join(tmpdir(), "coterie-client-"));
    const transport = createSocketTransport();
    const close = (): void => rmSync(folder, { recursive: true, force: true });
    return { server: transport, client: transport, address: join(folder, "zk"), close };
  },
  "message ports": () => {
    const { port1, port2 } = new MessageChannel();
    const [server, client] = [createMessageTransport(), createMessageTransport()];
    server.join(port1);
    client.join(port2);
    return { server, client, address: "peer-1", close: () => port1.close() };
  },
};

describe.each(Object.keys(WAYS))("the client over %s", (name) => {
  it("opens a session, asks a thousand things at once, and closes", async () => {
    const way = WAYS[name]!();
    const fake = new FakeServer();
    const listener = (await fake.listen(way.server, way.address)) as Listener;
    const session = await connect({ addresses: [listener.address] }, { transport: way.client });
    const answers = Array.from({ length: 1_000 }, () => session.sync());
    expect(await Promise.all(answers)).toHaveLength(1_000);
    await session.close();
    expect(fake.last.requests.map(({ body }) => body.kind)).toEqual([...Array(1_000).fill("sync"), "closeSession"]);
    await listener.close();
    way.close();
  });
});

describe("the client over TCP", () => {
  it("names what is wrong with a server that is not there", async () => {
    // A port that was free a moment ago.
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const failure = connect(`127.0.0.1:${port}`, { transport: createTcpTransport(), deadlineMs: 300 });
    await expect(failure).rejects.toMatchObject({ code: "UNREACHABLE" });
    await expect(failure).rejects.toThrow(`127.0.0.1:${port}`);
  });
});
