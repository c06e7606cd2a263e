import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { credentialsOf } from "../../transport-tcp/test/credentials.ts";
import { connect, createMemoryNetwork, createPeer, memory, type Peer, tcp, type ZooKeeperPort } from "../src/index.ts";

const peers: Peer[] = [];
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.stop()));
});

async function start(...zookeeper: ZooKeeperPort[]): Promise<Peer> {
  const peer = createPeer({ id: 1, ensemble: { 1: "here:1" }, storage: memory(), zookeeper });
  peers.push(peer);
  await peer.start();
  await peer.ready();
  return peer;
}

it.skipIf(process.platform === "win32")("serves clients over TCP and over a unix socket at once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "coterie-"));
  const { status } = await start({ port: 0 }, { path: join(folder, "peer") });
  const [overTcp, overSocket] = await Promise.all([connect(status.ports[0]!), connect(`unix:${status.ports[1]!}`)]);
  await overTcp.create("/a", "both");
  await overSocket.sync();
  expect((await overSocket.get("/a")).text()).toBe("both");
  await Promise.all([overTcp.close(), overSocket.close()]);
  rmSync(folder, { recursive: true });
});

it("serves clients over TLS, and none without a certificate", async () => {
  const { status } = await start({ port: 0, tls: credentialsOf("peer") });
  const [port] = status.ports;
  const session = await connect(`localhost:${port!.split(":").at(-1)}`, { tls: credentialsOf("peer") });
  await session.create("/a", null, { acl: [{ permissions: "all", scheme: "auth", id: "" }] });
  expect((await session.whoAmI()).map(({ scheme }) => scheme).toSorted()).toEqual(["ip", "x509"]);
  await session.close();
  await expect(connect(port!, { sessionTimeoutMs: 1000, deadlineMs: 300 })).rejects.toMatchObject({
    code: "UNREACHABLE",
  });
});

it("links peers over TCP by a secret", async () => {
  const free = await Promise.all([freeAddress(), freeAddress(), freeAddress()]);
  const ensemble = { 1: free[0], 2: free[1], 3: free[2] };
  const three = [1, 2, 3].map((id) =>
    createPeer({
      id,
      ensemble,
      storage: memory(),
      transport: tcp({ secret: "a secret of some length" }),
      timing: "dedicated",
    }),
  );
  peers.push(...three);
  await Promise.all(three.map((peer) => peer.start()));
  const session = await three[0]!.openSession();
  expect((await session.create("/a")).path).toBe("/a");
  const config = await session.get("/zookeeper/config");
  expect(config.text()).toContain(`server.2=${free[1]}:${free[1].split(":")[1]}:participant`);
});

it.each<[string, unknown, RegExp]>([
  ["a port of no number", { port: "x" }, /zookeeper\.port/],
  ["a port that is none", { port: 70_000 }, /zookeeper\.port/],
])("refuses %s", (_, zookeeper, message) => {
  const options = { id: 1, ensemble: { 1: "here:1" }, storage: memory(), zookeeper: zookeeper as ZooKeeperPort };
  expect(() => createPeer(options)).toThrow(message);
});

const ELSEWHERE = { 1: "127.0.0.1:2888", 2: "10.0.0.2:2888", 3: "[2001:db8::3]:2888" };

it.each<[string, Readonly<Record<number, string>>]>([
  ["an IPv4 address", ELSEWHERE],
  ["an IPv6 address", { ...ELSEWHERE, 2: "localhost:1" }],
])("refuses links in plain text to %s of another machine, before anything starts", (_, ensemble) => {
  const options = { id: 1, ensemble, storage: memory() };
  expect(() => createPeer({ ...options, transport: tcp() })).toThrow(/another machine.*tcp\(\{ secret \}\)/s);
  expect(createPeer({ ...options, transport: tcp({ secret: "a secret of some length" }) }).id).toBe(1);
  expect(createPeer({ ...options, transport: createMemoryNetwork().transport("127.0.0.1") }).id).toBe(1);
});

it("takes links in plain text on this machine, and names, of which it is seen later", () => {
  const ensemble = { 1: "10.0.0.1:1", 2: "127.0.0.2:1", 3: "[::1]:1", 4: "zoo4:1", 5: "localhost:1" };
  expect(createPeer({ id: 1, ensemble, storage: memory(), transport: tcp() }).id).toBe(1);
});

/** Somebody else may take it before it is used; hardly anybody does within the moment. */
async function freeAddress(): Promise<string> {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
