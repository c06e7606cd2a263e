import { connect } from "@coterie/client";
import type { Session } from "@coterie/session";
import { createTcpTransport } from "@coterie/transport-tcp";
import { createServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createTestZooKeeper, type TestZooKeeper, type TestZooKeeperOptions } from "../src/index.ts";

const transport = createTcpTransport();
const servers: TestZooKeeper[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function create(options: TestZooKeeperOptions = {}): Promise<TestZooKeeper> {
  const server = await createTestZooKeeper(options);
  servers.push(server);
  return server;
}

async function open(server: TestZooKeeper): Promise<Session> {
  return connect(server.connectString, { transport });
}

async function untilState(session: Session, wanted: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    session.on("state", (state, reason) => state === wanted && resolve(reason?.code));
  });
}

describe("a ZooKeeper for tests", () => {
  it.each([1, 3])("with %i peers serves clients at the ports that it names", async (peerCount) => {
    const server = await create({ peerCount });
    expect(server.connectString.split(",")).toHaveLength(peerCount);
    expect(server.connectString).toMatch(new RegExp(`^127\\.0\\.0\\.1:${server.port}(?:,|$)`));
    const session = await open(server);
    await session.create("/a", "1");
    const other = await open(server);
    await other.sync();
    expect((await other.get("/a")).text()).toBe("1");
    await Promise.all([session.close(), other.close()]);
  });

  it.each([1, 3])("with %i peers ends a session, as its client and the others see it", async (peerCount) => {
    const server = await create({ peerCount });
    const [session, other] = [await open(server), await open(server)];
    await session.create("/mine", null, { mode: "ephemeral" });
    const lost = untilState(session, "lost");
    await server.expire(session.id);
    expect(await lost).toBe("SESSION_EXPIRED");
    await other.sync();
    expect(await other.exists("/mine")).toBeNull();
    await server.expire(BigInt(other.id));
    await expect(server.expire(other)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(server.expire("nonsense")).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });

  it("starts again with what it held, at the same port, and sessions live on", async () => {
    const server = await create();
    const { connectString } = server;
    const session = await open(server);
    await session.create("/mine", "kept", { mode: "ephemeral" });
    const suspended = untilState(session, "suspended");
    await server.restart();
    await suspended;
    expect(server.connectString).toBe(connectString);
    expect((await session.get("/mine")).text()).toBe("kept");
    expect(session.state).toBe("connected");
    await session.close();
  });

  it("is stopped once, and then it is over", async () => {
    const server = await create();
    await Promise.all([server.stop(), server[Symbol.asyncDispose]()]);
    await expect(server.restart()).rejects.toMatchObject({ code: "PEER_STOPPED" });
    await expect(server.expire("0x1")).rejects.toMatchObject({ code: "PEER_STOPPED" });
  });

  it("is over when it is stopped while it restarts", async () => {
    const server = await create();
    const restarted = server.restart().catch((error: unknown) => error);
    await server.stop();
    expect(await restarted).toMatchObject({ code: "PEER_STOPPED" });
    // Its port is free again.
    const next = createServer();
    await new Promise<void>((resolve, reject) => {
      next.on("error", reject);
      next.listen(server.port, "127.0.0.1", resolve);
    });
    await new Promise((resolve) => next.close(resolve));
  });

  it("starts again also where the attempt before has failed", async () => {
    const server = await create();
    const starts = vi.spyOn(server as TestZooKeeper & { start(): Promise<void> }, "start");
    starts.mockRejectedValueOnce(new Error("the port is taken"));
    await expect(server.restart()).rejects.toThrow("the port is taken");
    await server.restart();
    const session = await open(server);
    expect(await session.exists("/")).not.toBeNull();
    await session.close();
  });

  it.each<[string, object]>([
    ["a port that is none", { port: 65_536 }],
    ["no peers", { peerCount: 0 }],
    ["a misspelt option", { host: "0.0.0.0" }],
  ])("refuses %s", async (_, options) => {
    await expect(createTestZooKeeper(options)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });

  it("asks for the port that it is given, and says so if that is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    await expect(createTestZooKeeper({ port })).rejects.toMatchObject({ code: "ADDRESS_IN_USE" });
    await new Promise((resolve) => taken.close(resolve));
  });
});
