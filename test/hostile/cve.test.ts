import { isNamed } from "../../packages/peer/src/link/named-host.ts";
import { parseConnectString } from "@coterie/client";
import { encodeHello } from "@coterie/consensus";
import type { PeerId } from "@coterie/interface";
import { createPeer, type Peer } from "@coterie/peer";
import { JuteWriter, type RequestBody } from "@coterie/protocol";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createTcpTransport, type TcpSecurity } from "@coterie/transport-tcp";
import { readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { credentialsOf } from "../../packages/transport-tcp/test/credentials.ts";
import { freePorts } from "../support/free-ports.mjs";
import { closeAfterEach } from "./support/close-after-each.ts";
import { HostedPeer, Log, until } from "./support/hosted-peer.ts";
import { create, OPEN_ACL, RawClient } from "./support/raw-client.ts";

// Goal: what was a vulnerability of Apache ZooKeeper is none here, each by its rule.
// Source: https://zookeeper.apache.org/security.html as of 2026-09-15, and the announcements of 3.9.6.

const NO_AUTH = -102;
const READ = 1;
const ADMIN = 16;

const root = new URL("../../", import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** Every one on the page, and where else the rule is held: a test of this title stands in that file. */
const PUBLISHED: Readonly<Record<string, readonly (readonly [file: string, title: string])[]>> = {
  "CVE-2016-5017": [["packages/client/test/connect-string.test.ts", "is one, or BAD_ARGUMENTS, whatever the text"]],
  "CVE-2017-5637": [["test/hostile/words.test.ts", "are off but for srvr and ruok, those too that change something"]],
  "CVE-2018-8012": [
    ["packages/transport-tcp/test/tls.test.ts", "refuses a client that knows none"],
    [
      "packages/peer/test/link-handshake.test.ts",
      "MB-02: a peer on another machine that has proven nothing is refused, and sent no byte, whoever has dialled",
    ],
  ],
  "CVE-2019-0201": [
    ["packages/core/test/acl.test.ts", "hides what stands behind the first colon of a digest id, and nothing else"],
  ],
  "CVE-2023-44981": [
    [
      "packages/transport-tcp/test/tls.test.ts",
      "without a subject alternative name are for no host, even if the common name is right",
    ],
    [
      "packages/peer/test/link-handshake.test.ts",
      "a certificate is refused as long as nobody has said under which hosts a peer is known",
    ],
  ],
  "CVE-2024-23944": [
    [
      "test/core/watches.test.ts",
      "WA-09: an event is told only to who may read the znode now, and uses the watch up for all",
    ],
  ],
  "CVE-2024-51504": [],
  "CVE-2025-58457": [],
  "CVE-2026-24281": [
    [
      "packages/transport-tcp/test/tls.test.ts",
      "without a subject alternative name are for no host, even if the common name is right",
    ],
  ],
  "CVE-2026-24308": [["test/hostile/secrets.test.ts", "logs and throws none of it"]],
  "CVE-2026-59739": [],
  "CVE-2026-59969": [
    [
      "packages/peer/test/links-over-tcp.test.ts",
      "who holds a certificate for another host than the peer's is refused, whichever end has dialled",
    ],
  ],
  "CVE-2026-79993": [
    ["test/hostile/frames.test.ts", "%i ends the connection, whatever stands in it, and has no effect"],
  ],
  "CVE-2026-84439": [["test/hostile/secrets.test.ts", "stays on one line of the log, whatever characters it has"]],
  "CVE-2026-84501": [["test/hostile/secrets.test.ts", "stays on one line of the log, whatever characters it has"]],
};

describe("every published CVE", () => {
  it.each(Object.entries(PUBLISHED))("%s has a test here, or those it points to are there", (cve, pointers) => {
    const isHere = textOf("test/hostile/cve.test.ts").includes(`describe("${cve}:`);
    expect(isHere || pointers.length > 0).toBe(true);
    const gone = pointers.filter(([file, title]) => !textOf(file).includes(`"${title}"`));
    expect(gone).toEqual([]);
  });
});

let hosted: HostedPeer;
beforeAll(async () => {
  hosted = await HostedPeer.start({}, { connectionsPerIpMax: 0 });
});
afterAll(async () => hosted.stop());

const closing = closeAfterEach();

function helloOfPeer2(): Uint8Array {
  return encodeHello({ peer: 2 as PeerId, clusterId: null, incarnation: 1, voterSetDigest: 0 }, 1, 1);
}

async function createWith(client: RawClient, path: string, perms: number, scheme: string, id: string): Promise<void> {
  const acl = [{ perms, scheme, id }];
  expect((await client.ask({ kind: "create", path, data: null, acl, flags: 0 })).err).toBe(0);
}

/** Somebody with a password, and how an ACL names them. */
async function connectAs(user: string): Promise<RawClient> {
  const client = await hosted.connect();
  const auth = Buffer.from(`${user}:password of ${user}`);
  expect((await client.ask({ kind: "auth", authType: 0, scheme: "digest", auth })).err).toBe(0);
  return client;
}

const exists = (path: string): RequestBody => ({ kind: "exists", path, watch: false });

describe("CVE-2016-5017: an argument of any length is taken or refused", () => {
  it.each([1_024, 1_025, 1_000_000])("in a connection string of %i characters", (length) => {
    for (const character of ["a", ",", ":", "/", "1"]) {
      const text = character.repeat(length);
      try {
        expect(parseConnectString(text).addresses.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toMatchObject({ code: "BAD_ARGUMENTS" });
      }
    }
  });
});

describe("CVE-2018-8012 and CVE-2023-44981: who has not proved to be a member takes no part", () => {
  const SECRET = "what all peers of the ensemble know";
  const secret: TcpSecurity = { kind: "secret", secret: SECRET };

  async function startMember(
    security: TcpSecurity,
    observerHosts: readonly string[] = [],
  ): Promise<{ peer: Peer; port: number; log: Log }> {
    const [port, other] = await freePorts(2);
    const log = new Log();
    const peer = createPeer({
      id: 1,
      ensemble: { 1: `127.0.0.1:${port}`, 2: `127.0.0.1:${other}` },
      storage: createMemoryLevelStorage(),
      transport: createTcpTransport({ security }),
      timing: "dedicated",
      logger: log.logger,
      observerHosts,
    });
    closing(() => peer.stop());
    await peer.start();
    return { peer, port: port!, log };
  }

  it("a stranger hears not one byte of the ensemble's", async () => {
    const { peer, port, log } = await startMember(secret);
    const plain = await RawClient.dial(port);
    // A hello of peer 2, as a member in plain text would send it.
    plain.writeFrame(helloOfPeer2());
    await plain.untilClosed();
    // An alert of TLS at most.
    expect(plain.receivedBytes).toBeLessThanOrEqual(7);
    await until("it is refused", () => log.messages.some((message) => message.startsWith("a connection was refused")));
    expect(peer.status.peers.every(({ isLinked }) => !isLinked)).toBe(true);
  });

  it("a peer with another secret is never linked", async () => {
    const { peer, port, log } = await startMember(secret);
    const stranger = createPeer({
      id: 2,
      ensemble: { 1: `127.0.0.1:${port}`, 2: "127.0.0.1:0" },
      listen: "127.0.0.1:0",
      storage: createMemoryLevelStorage(),
      transport: createTcpTransport({ security: { kind: "secret", secret: `another ${SECRET}` } }),
      timing: "dedicated",
    });
    closing(() => stranger.stop());
    await stranger.start();
    await until("the stranger has learned why", () =>
      stranger.status.peers.some(({ lastError }) => lastError?.includes("different secrets") === true),
    );
    await until("its identity is refused", () => log.codes.includes("IDENTITY_REFUSED"));
    for (const { status } of [peer, stranger]) {
      expect(status.peers.every(({ isLinked }) => !isLinked)).toBe(true);
      expect([status.clusterId, status.lastZxid]).toEqual([null, 0]);
    }
  });

  it.each([
    ["elsewhere", []],
    ["nameless", []],
    // Who may observe may not therefore vote.
    ["elsewhere", ["elsewhere.example"]],
  ])(
    "a holder of the authority's certificate for %s is refused as a peer that votes, whoever may observe: %j",
    async (name, observerHosts) => {
      const security: TcpSecurity = { kind: "certificate", credentials: credentialsOf("peer") };
      const { peer, port, log } = await startMember(security, observerHosts);
      const { certificate: cert, key, authorities: ca } = credentialsOf(name);
      const socket = connectTls({ port, host: "127.0.0.1", cert, key, ca, ALPNProtocols: ["coterie/1"] });
      closing(() => socket.destroy());
      socket.on("error", () => undefined);
      await once(socket, "secureConnect");
      const heard: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => void heard.push(chunk));
      // That it believes what it sees, and the hello of peer 2.
      const hello = helloOfPeer2();
      socket.write(Buffer.concat([Buffer.of(1, 0, 0, 0, hello.length), hello]));
      await once(socket, "close");
      // Its hello at most, and why it refuses: no message of the ensemble.
      expect(Buffer.concat(heard).length).toBeLessThan(120);
      await until("its identity is refused", () => log.codes.includes("IDENTITY_REFUSED"));
      expect(peer.status.peers.every(({ isLinked }) => !isLinked)).toBe(true);
    },
  );
});

describe("CVE-2019-0201: getACL needs READ or ADMIN, and shows hashes to ADMIN only", () => {
  it("over the wire", async () => {
    const [ann, stranger] = [await connectAs("ann"), await hosted.connect()];
    const acls = [
      { perms: 31, scheme: "auth", id: "" },
      { perms: READ, scheme: "ip", id: "127.0.0.1" },
    ];
    expect((await ann.ask({ kind: "create", path: "/read", data: null, acl: acls, flags: 0 })).err).toBe(0);
    await createWith(ann, "/none", 31, "auth", "");
    await createWith(ann, "/admin", ADMIN, "world", "anyone");
    const aclOf = async (client: RawClient, path: string): Promise<unknown> => {
      const { err, body } = await client.ask({ kind: "getACL", path });
      return body?.kind === "getACL" ? (body.acl ?? []).map(({ id }) => id) : err;
    };
    expect(await aclOf(stranger, "/none")).toBe(NO_AUTH);
    expect(await aclOf(stranger, "/read")).toEqual(["ann:x", "127.0.0.1"]);
    expect(await aclOf(stranger, "/admin")).toEqual(["anyone"]);
    expect(await aclOf(ann, "/read")).toEqual([expect.stringMatching(/^ann:[\w+/]{27}=$/), "127.0.0.1"]);
  });
});

describe("CVE-2024-23944: a persistent watch tells of a znode only to who may read it", () => {
  it("at each event, whatever the watch hangs on", async () => {
    const [ann, stranger] = [await connectAs("ann"), await hosted.connect()];
    await ann.ask(create("/users"));
    await stranger.ask({ kind: "addWatch", path: "/users", mode: 1 });
    await createWith(ann, "/users/of-a-secret-name", 31, "auth", "");
    await ann.ask({ kind: "setData", path: "/users/of-a-secret-name", data: null, version: -1 });
    await ann.ask({ kind: "delete", path: "/users/of-a-secret-name", version: -1 });
    await createWith(ann, "/users/open", 31, "world", "anyone");
    await stranger.ask(exists("/users"));
    expect(stranger.eventPaths).toEqual(["/users/open"]);
  });
});

describe("CVE-2026-59739: nor does what is replayed when watches are taken up again", () => {
  it.each(["setWatches", "setWatches2"] as const)("by %s", async (kind) => {
    const [ann, stranger] = [await connectAs("ann"), await hosted.connect()];
    const path = `/${kind}`;
    await ann.ask(create(path));
    await createWith(ann, `${path}/closed`, 31, "auth", "");
    await createWith(ann, `${path}/open`, 31, "world", "anyone");
    await ann.ask(create(`${path}/open/child`));
    const both = [`${path}/closed`, `${path}/open`];
    const lists = { relativeZxid: 0, dataWatches: both, existWatches: both, childWatches: both };
    const persistent = { persistentWatches: [], persistentRecursiveWatches: [] };
    const replay = (client: RawClient): Promise<unknown> =>
      client.ask(kind === "setWatches" ? { kind, ...lists } : { kind, ...lists, ...persistent });
    await replay(stranger);
    expect(new Set(stranger.eventPaths)).toEqual(new Set([`${path}/open`]));
    expect(stranger.eventPaths).toHaveLength(3);
    await replay(ann);
    expect(ann.eventPaths).toHaveLength(6);
  });
});

describe("CVE-2024-51504: an address is where the socket comes from, and never what somebody says", () => {
  it("in no request", async () => {
    const client = await hosted.connect();
    await createWith(client, "/from-elsewhere", 31, "ip", "10.9.8.7");
    const auth = Buffer.from("10.9.8.7");
    expect((await client.ask({ kind: "auth", authType: 0, scheme: "ip", auth })).err).toBe(0);
    expect((await client.ask({ kind: "getData", path: "/from-elsewhere", watch: false })).err).toBe(NO_AUTH);
    const { body } = await client.ask({ kind: "whoAmI" });
    expect(body).toMatchObject({ clientInfo: [{ authScheme: "ip", user: "127.0.0.1" }] });
  });

  it("in no line before the protocol either", async () => {
    const client = await hosted.dial();
    client.write(Buffer.from("PROXY TCP4 10.9.8.7 127.0.0.1 5000 2181\r\n"));
    await client.untilClosed();
    expect(client.receivedBytes).toBe(0);
  });
});

describe("CVE-2025-58457: there is no interface by which a peer would be dumped or overwritten", () => {
  it.each(["GET /commands/snapshot HTTP/1.1", "POST /commands/restore HTTP/1.1"])("%s", async (line) => {
    const client = await hosted.dial();
    client.write(Buffer.from(`${line}\r\nHost: x\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n`));
    await client.untilClosed();
    expect(client.receivedBytes).toBe(0);
    expect(hosted.peer.status.ports).toHaveLength(1);
  });
});

describe("CVE-2026-24281: nobody asks the DNS who somebody is", () => {
  it("an IP address is in the certificate, or the certificate is for somebody else", () => {
    expect(isNamed(["localhost", "*.example"], "127.0.0.1")).toBe(false);
    expect(isNamed(["127.0.0.1"], "127.0.0.1")).toBe(true);
    expect(isNamed(["127.0.0.1"], "localhost")).toBe(false);
  });

  it("no source asks for more than the addresses of a name", () => {
    const sources = readdirSync(new URL("packages/", root), { recursive: true, encoding: "utf8" }).filter((path) =>
      /^[a-z-]+\/src\/.*\.ts$/.test(path),
    );
    expect(sources.length).toBeGreaterThan(100);
    const asking = sources.filter((path) => /["'`](node:)?dns(\/promises)?["'`]/.test(textOf(`packages/${path}`)));
    const [file, ...others] = asking.map((path) => textOf(`packages/${path}`));
    expect(others).toEqual([]);
    const imports = [...file!.matchAll(/^import .*dns.*$/gm)].map(([line]) => line);
    expect(imports).toEqual(['import { lookup, type LookupAddress } from "node:dns";']);
  });
});

describe("CVE-2026-79993: deleteContainer is the leader's own, and nobody else's", () => {
  it("does not delete what its sender may not, nor what it may", async () => {
    const ann = await connectAs("ann");
    await createWith(ann, "/container", 31, "auth", "");
    for (const path of ["/container", "/open-container"]) {
      const client = await hosted.connect();
      await client.ask({ kind: "createContainer", path: "/open-container", data: null, acl: OPEN_ACL, flags: 4 });
      const frame = new JuteWriter();
      frame.writeInt(1);
      frame.writeInt(20);
      frame.writeString(path);
      client.writeFrame(frame.copy());
      await client.untilClosed();
      expect((await ann.ask(exists(path))).err).toBe(0);
    }
  });
});
