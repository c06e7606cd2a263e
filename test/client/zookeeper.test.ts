import { connect, type ConnectOptions } from "@coterie/client";
import type { ConnectResponse } from "@coterie/protocol";
import type { Session, SessionState, WatchEvent } from "@coterie/session";
import { createTcpTransport } from "@coterie/transport-tcp";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeForeign } from "../interop/describe-foreign.ts";
import { openConnection } from "../interop/session-connection.ts";
import { isZooKeeperInstalled, startZooKeeperServer, type ZooKeeperServer } from "../interop/zookeeper-server.ts";
import { type CuttableWay, openCuttableWay } from "./support/cuttable-way.ts";
import { overhear } from "./support/overheard.ts";

const missing = isZooKeeperInstalled() ? undefined : "Debian's zookeeper package is not installed";

/** Resolves with the first state that is `wanted`, with the code of its reason. */
function stateOf(session: Session, wanted: SessionState): Promise<string> {
  return new Promise((resolve) => {
    session.on("state", (state, reason) => {
      if (state === wanted) resolve(reason === null ? state : `${state} ${reason.code}`);
    });
  });
}

async function take(events: AsyncIterator<WatchEvent>, count: number): Promise<string[]> {
  const words: string[] = [];
  while (words.length < count) {
    const { value, done } = await events.next();
    if (done === true) break;
    const event: WatchEvent = value;
    words.push(`${event.kind === "gap" ? `gap ${event.reason}` : event.kind} ${event.path}`);
  }
  return words;
}

describeForeign("the client and Apache ZooKeeper", missing, () => {
  let server: ZooKeeperServer;
  let way: CuttableWay;
  let greetings: ConnectResponse[];
  let sessions: Session[];

  beforeAll(async () => {
    server = await startZooKeeperServer({ sessionTimeoutMinMs: 500 });
  }, 60_000);

  afterAll(async () => {
    await server.stop();
  });

  beforeEach(async () => {
    way = await openCuttableWay(server);
    greetings = [];
    sessions = [];
  });

  afterEach(async () => {
    way.thaw();
    await Promise.all(sessions.map((session) => session.close()));
    await way.close();
  });

  async function open(given: Partial<ConnectOptions> & { readonly chroot?: string } = {}): Promise<Session> {
    const { chroot = "", ...options } = given;
    const transport = overhear(createTcpTransport(), greetings);
    const session = await connect(`${way.address}${chroot}`, { transport, sessionTimeoutMs: 10_000, ...options });
    sessions.push(session);
    return session;
  }

  it("opens, writes, reads, and closes: ephemeral znodes go at once", async () => {
    const session = await open();
    expect(session).toMatchObject({ state: "connected", timeoutMs: 10_000 });
    expect(BigInt(session.id)).toBe(BigInt.asUintN(64, greetings[0]!.sessionId));
    const { path, stat } = await session.create("/basics", "one");
    expect([path, stat.version, stat.dataSizeBytes]).toEqual(["/basics", 0, 3]);
    await session.create("/basics/e", null, { mode: "ephemeral" });
    expect((await session.get("/basics")).text()).toBe("one");
    await session.close();
    expect(session.state).toBe("closed");
    const other = await open();
    expect((await other.children("/basics")).children).toEqual([]);
  });

  it("commits a pipeline of a thousand writes in order, and reads what it wrote", async () => {
    const session = await open();
    await session.create("/pipeline");
    const writes = Array.from({ length: 1_000 }, (_, index) => session.set("/pipeline", String(index)));
    const read = session.get("/pipeline");
    const versions = (await Promise.all(writes)).map(({ version }) => version);
    expect(versions).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
    expect((await read).text()).toBe("999");
  });

  it("refuses here what would lose the connection", async () => {
    const session = await open();
    await session.create("/large");
    await expect(session.set("/large", new Uint8Array(2 ** 20))).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    expect((await session.set("/large", new Uint8Array(1_000_000))).dataSizeBytes).toBe(1_000_000);
    expect((await session.get("/large")).data?.length).toBe(1_000_000);
    expect([way.connectionCount, session.state]).toEqual([1, "connected"]);
  });

  it("answers a read whose reply is above the limit by that name, and goes on", async () => {
    const session = await open({ limits: { replySizeMaxBytes: 10_000 } });
    await session.create("/too-large", new Uint8Array(20_000));
    const again = stateOf(session, "connected");
    await expect(session.get("/too-large")).rejects.toMatchObject({ code: "FRAME_TOO_LARGE", retryable: false });
    await again;
    expect((await session.exists("/too-large"))?.dataSizeBytes).toBe(20_000);
  });

  it("takes the session up again when the connection breaks, with ephemeral znodes, identities and watches", async () => {
    const session = await open();
    const other = await open();
    await session.addAuth("digest", "me:secret");
    const acl = [{ permissions: "all", scheme: "auth", id: "" }] as const;
    await session.create("/again", null, { acl: [{ permissions: "all", scheme: "world", id: "anyone" }] });
    await session.create("/again/mine", "v", { mode: "ephemeral", acl });
    await using watch = await session.watch("/again", { recursive: true });
    const events = watch[Symbol.asyncIterator]();
    const states: string[] = [];
    session.on("state", (state, reason) => states.push(reason === null ? state : `${state} ${reason.code}`));
    const { id } = session;
    const back = Promise.all([session, other].map((each) => stateOf(each, "connected")));
    way.cut();
    await back;
    expect([session.id, states]).toEqual([id, ["suspended CONNECTION_LOSS", "connected"]]);
    expect((await session.get("/again/mine")).text()).toBe("v");
    await expect(other.get("/again/mine")).rejects.toMatchObject({ code: "NO_AUTH" });
    await other.create("/again/new");
    await session.sync();
    expect(await take(events, 2)).toEqual(["gap reconnected /again", "created /again/new"]);
  });

  it("registers more watches anew than fit into one request", async () => {
    const session = await open();
    const other = await open();
    await other.create("/many");
    const paths = Array.from({ length: 1_000 }, (_, index) => `/many/${"x".repeat(1_100)}-${index}`);
    const watches = await Promise.all(paths.map((path) => session.watch(path)));
    const back = Promise.all([session, other].map((each) => stateOf(each, "connected")));
    way.cut();
    await back;
    // Answered behind the registrations: what happens before these is covered by the gap alone.
    await session.sync();
    await Promise.all([0, 500, 999].map((index) => other.create(paths[index]!)));
    await session.sync();
    for (const index of [0, 500, 999]) {
      const events = watches[index]![Symbol.asyncIterator]();
      expect(await take(events, 2)).toEqual([`gap reconnected ${paths[index]}`, `created ${paths[index]}`]);
    }
  });

  it("is lost when the server says that the session has expired, and no other one takes its place", async () => {
    const session = await open();
    const { sessionId: id, password } = greetings[0]!;
    const lost = stateOf(session, "lost");
    // Somebody who knows the password takes the session and closes it.
    const taker = await openConnection({ ...server, timeoutMs: 10_000, session: { id, password } });
    await taker.request({ kind: "closeSession" });
    taker.destroy();
    expect(await lost).toBe("lost SESSION_EXPIRED");
    await expect(session.exists("/")).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
  });

  it("is lost when nothing is heard for the session's timeout, without any server that says so", async () => {
    const session = await open({ sessionTimeoutMs: 1_000 });
    const watcher = await connect(`${server.host}:${server.port}`, { transport: createTcpTransport() });
    sessions.push(watcher);
    await session.create("/place", null, { mode: "ephemeral" });
    await using watch = await watcher.watch("/place");
    const reason = new Promise((resolve) => {
      session.on("state", (state, why) => state === "lost" && resolve(why?.message));
    });
    way.freeze();
    expect(await reason).toMatch(/No server has answered for 1000 ms/);
    expect(await take(watch[Symbol.asyncIterator](), 1)).toEqual(["deleted /place"]);
  });

  it("answers what was under way when the connection breaks with CONNECTION_LOSS, and writes nothing twice", async () => {
    const session = await open();
    await session.create("/once");
    way.freeze();
    const writes = Array.from({ length: 10 }, () =>
      session.create("/once/n-", null, { mode: "persistent-sequential" }).then(
        () => "done",
        (error: { code: string; outcome: string }) => `${error.code} ${error.outcome}`,
      ),
    );
    await new Promise((resolve) => setImmediate(resolve));
    const back = stateOf(session, "connected");
    way.thaw();
    way.cut();
    await back;
    expect(new Set(await Promise.all(writes))).toEqual(new Set(["CONNECTION_LOSS unknown"]));
    expect((await session.children("/once")).children.length).toBeLessThanOrEqual(10);
  });

  it("does not take a sync of ZooKeeper's for a linearizable read", async () => {
    const session = await open();
    expect(session.supports).toMatchObject({ kind: "wire", linearizable: false });
    await expect(session.get("/", { consistency: "linearizable" })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    const read = await session.get("/", { consistency: "linearizable", acceptSync: true });
    expect(read.stat.version).toBe(0);
  });

  it("forgets an identity that the server refuses", async () => {
    const session = await open();
    const back = stateOf(session, "connected");
    await expect(session.addAuth("no-such-scheme", "x")).rejects.toMatchObject({ code: "AUTH_FAILED" });
    await back;
    expect((await session.whoAmI()).map(({ scheme }) => scheme)).toEqual(["ip"]);
  });

  it("lives below a chroot", async () => {
    const outside = await open();
    await outside.create("/app");
    const inside = await open({ chroot: "/app" });
    await inside.create("/x", "y");
    expect((await outside.get("/app/x")).text()).toBe("y");
  });

  it("keeps an idle session alive by pings", async () => {
    const session = await open({ sessionTimeoutMs: 1_000 });
    await session.create("/idle", null, { mode: "ephemeral" });
    // Not before the server has been pinged for twice the timeout, by its own count.
    const received = async (): Promise<number> => {
      const answer = await server.ask("cons");
      const line = answer.split("\n").find((text) => text.includes(`sid=${session.id},`)) ?? "";
      return Number(/recved=(\d+)/.exec(line)?.[1] ?? 0);
    };
    while ((await received()) < 8) await new Promise((resolve) => setTimeout(resolve, 20));
    expect([session.state, way.connectionCount]).toEqual(["connected", 1]);
    expect(await session.exists("/idle")).not.toBe(null);
  });
});
