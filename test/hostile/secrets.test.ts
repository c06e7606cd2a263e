import { createPeer, type Peer } from "@coterie/peer";
import { createMemoryLevelStorage } from "@coterie/storage-memory-level";
import { createTcpTransport, type TcpSecurity } from "@coterie/transport-tcp";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createClientChannel } from "@coterie/client";
import { createPlatformClock } from "@coterie/platform";
import { createSession } from "@coterie/session";
import { FOUR_LETTER_WORDS } from "../../packages/peer/src/zookeeper-port/words/answer-word.ts";
import { freePorts } from "../support/free-ports.mjs";
import { closeAfterEach } from "./support/close-after-each.ts";
import { HostedPeer, Log, until } from "./support/hosted-peer.ts";
import { create, RawClient } from "./support/raw-client.ts";

// Goal: nothing secret is ever logged, at any level, nor stands in an error; and nothing logged obeys who sent it.

const SECRET = "what all peers of the ensemble know";
const OTHER_SECRET = "what peers of another one know";
const CREDENTIAL = "ann:correct horse battery";
const HASH = createHash("sha1").update(CREDENTIAL).digest("base64");
const SUPER_CREDENTIAL = "super:staple of them all";
const SUPER_HASH = createHash("sha1").update(SUPER_CREDENTIAL).digest("base64");
const KERBEROS_TOKEN = "a token of somebody";

const closing = closeAfterEach();

const secretOf = (secret: string): TcpSecurity => ({ kind: "secret", secret });

/** Every text and every row of bytes in what was logged or thrown, however deep. */
function* leavesOf(value: unknown, seen = new Set<unknown>()): Generator<string | Uint8Array> {
  if (typeof value === "string" || value instanceof Uint8Array) yield value;
  if (typeof value === "bigint" || typeof value === "number") yield String(value);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || seen.has(value)) return;
  seen.add(value);
  // Messages, stacks and causes of errors are their own properties, which no loop over keys shows.
  for (const name of Object.getOwnPropertyNames(value)) {
    yield name;
    yield* leavesOf((value as Record<string, unknown>)[name], seen);
  }
  if (value instanceof Map || value instanceof Set) yield* leavesOf([...value], seen);
}

function isIn(leaf: string | Uint8Array, secret: Uint8Array): boolean {
  if (typeof leaf !== "string") return Buffer.from(leaf).includes(Buffer.from(secret));
  const bytes = Buffer.from(secret);
  const decimals = bytes.join(",");
  const forms = [
    bytes.toString("utf8"),
    bytes.toString("latin1"),
    bytes.toString("hex"),
    bytes.toString("base64"),
    decimals,
  ];
  return forms.some((form) => leaf.toLowerCase().includes(form.toLowerCase()));
}

function expectNone(told: unknown, secrets: readonly (string | Uint8Array)[]): void {
  const leaves = [...leavesOf(told)];
  for (const secret of secrets) {
    const bytes = typeof secret === "string" ? Buffer.from(secret) : secret;
    expect(leaves.filter((leaf) => isIn(leaf, bytes))).toEqual([]);
  }
}

describe("the search itself", () => {
  it.each([
    ["text", { a: [`x${SECRET}y`] }],
    ["hexadecimal", new Map([[1, Buffer.from(SECRET).toString("hex")]])],
    ["base64", new Error("outer", { cause: new Error(Buffer.from(SECRET).toString("base64")) })],
    ["bytes", { deep: { deeper: Buffer.from(`..${SECRET}`) } }],
    ["the name of a property", { [SECRET]: 1 }],
  ])("finds a secret as %s", (_what, told) => {
    expect(() => expectNone(told, [SECRET])).toThrow(/toEqual|equal/);
  });
});

describe("an ensemble with everything that is secret", () => {
  it("logs and throws none of it", async () => {
    const log = new Log();
    const thrown: unknown[] = [];
    const keep = (error: unknown): void => void thrown.push(error);
    const [first, second] = await freePorts(2);
    const ensemble = { 1: `127.0.0.1:${first}`, 2: `127.0.0.1:${second}` };
    const clients = createTcpTransport();
    const peerOf = (id: number, secret: string, role: "voter" | "observer"): Peer => {
      const peer = createPeer({
        id,
        ensemble,
        role,
        storage: createMemoryLevelStorage(),
        transport: createTcpTransport({ security: secretOf(secret) }),
        timing: "dedicated",
        superDigest: `super:${SUPER_HASH}`,
        logger: log.logger,
        zookeeper: [{ transport: clients, address: "127.0.0.1:0", fourLetterWords: ["*"] }],
      });
      closing(() => peer.stop());
      return peer;
    };
    const peers = [peerOf(1, SECRET, "voter"), peerOf(2, SECRET, "voter")];
    await Promise.all(peers.map((peer) => peer.start()));
    await Promise.all(peers.map((peer) => peer.ready()));
    const stranger = peerOf(9, OTHER_SECRET, "observer");
    await stranger.start();
    await until("the stranger has been refused everywhere", () =>
      stranger.status.peers.every(({ lastError }) => lastError !== null),
    );
    await stranger.openSession({ deadlineMs: 1 }).catch(keep);

    const hosted = { port: Number(peers[0]!.status.ports[0]!.split(":").at(-1)) };
    const channel = createClientChannel({
      transport: clients,
      addresses: [`127.0.0.1:${hosted.port}`],
      clock: createPlatformClock(),
      sessionTimeoutMs: 20_000,
    });
    const session = createSession(channel, { clock: createPlatformClock() });
    await session.addAuth("digest", CREDENTIAL);
    const acl = [{ perms: 31, scheme: "auth", id: "" }];
    await session.create("/secret", CREDENTIAL, { acl: acl as never }).catch(keep);
    await session.create("/secret/below/nothing", KERBEROS_TOKEN).catch(keep);
    const client = await RawClient.dial(hosted.port);
    await client.connect();
    for (const credential of [CREDENTIAL, SUPER_CREDENTIAL]) {
      const auth = Buffer.from(credential);
      expect((await client.ask({ kind: "auth", authType: 0, scheme: "digest", auth })).err).toBe(0);
    }
    await client.ask(create("/x", Buffer.from(CREDENTIAL)));
    const wrong = await RawClient.dial(hosted.port);
    wrong.sendConnect({ sessionId: client.sessionId, password: Buffer.from(KERBEROS_TOKEN.slice(0, 16)) });
    await wrong.untilClosed();
    await client.ask({ kind: "auth", authType: 0, scheme: "sasl", auth: Buffer.from(KERBEROS_TOKEN) });
    await client.untilClosed();
    await session.close();

    const words: string[] = [];
    for (const word of FOUR_LETTER_WORDS) {
      const asker = await RawClient.dial(hosted.port);
      asker.write(Buffer.from(word));
      await asker.untilClosed();
      words.push(asker.text);
    }
    for (const peer of [stranger, ...peers]) await peer.stop();
    await peers[0]!.openSession().catch(keep);
    expect(log.lines.length).toBeGreaterThan(5);
    expect(thrown.length).toBeGreaterThan(1);
    const secrets = [
      SECRET,
      OTHER_SECRET,
      CREDENTIAL,
      HASH,
      SUPER_CREDENTIAL,
      SUPER_HASH,
      KERBEROS_TOKEN,
      client.password,
    ];
    expectNone({ lines: log.lines, thrown, words }, secrets);
  });
});

describe("settings with a secret in the wrong place", () => {
  const storage = createMemoryLevelStorage();
  it.each<[string, () => unknown]>([
    ["security", () => createTcpTransport({ security: SECRET as never })],
    ["a secret with white space", () => createTcpTransport({ security: secretOf(` ${SECRET}`) })],
    ["superDigest", () => createPeer({ id: 1, ensemble: { 1: "a:1" }, storage, superDigest: SUPER_CREDENTIAL })],
  ])("%s: the error does not show it", (_what, make) => {
    let error: unknown = null;
    try {
      make();
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: "BAD_ARGUMENTS" });
    expectNone(error, [SECRET, SUPER_CREDENTIAL]);
  });
});

describe("what others say", () => {
  it("stays on one line of the log, whatever characters it has", async () => {
    const FORGED = "\n2026-01-01 00:00:00 - INFO - all is well\t\u001b[2J\u0085\u2028\u202e";
    const log = new Log();
    const raw: string[] = [];
    const hosted = await HostedPeer.start({
      logger: {
        ...log.logger,
        warn: (details, message) => void raw.push(message, ...Object.values(details).map(String)),
      },
    });
    closing(() => hosted.stop());
    const client = await hosted.connect();
    const auth = Buffer.from(`${FORGED}:pw`);
    await client.ask({ kind: "auth", authType: 0, scheme: "digest", auth });
    const acl = [{ perms: 31, scheme: "digest", id: `${FORGED}:x` }];
    await client.ask({ kind: "create", path: "/a", data: null, acl, flags: 0 });
    await client.ask({ kind: "auth", authType: 0, scheme: `ensemble${FORGED}`, auth: Buffer.from(FORGED) });
    await client.untilClosed();
    const transport = failingTransport(`Cannot listen${FORGED}`);
    await expect(hosted.peer.listen({ transport, address: `somewhere${FORGED}:1` })).resolves.toBeDefined();
    expect(raw.some((text) => text.includes("all is well"))).toBe(true);
    expect(raw.filter((text) => /[\p{Cc}\p{Zl}\p{Zp}\u202e]/u.test(text))).toEqual([]);
  });
});

/** Of another's making: it says what it likes of whom it has turned away. */
function failingTransport(message: string): Parameters<Peer["listen"]>[0]["transport"] {
  return {
    supports: { identity: false, zookeeperFraming: false },
    dial: () => {
      throw new Error("nobody dials");
    },
    listen: async (address, handler) => {
      handler.refused(Object.assign(new Error(message), { code: "CONNECTION_CLOSED" }) as never, address);
      return { address, close: async () => undefined };
    },
  };
}
