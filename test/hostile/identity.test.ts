import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { hostPeers } from "./support/host-peers.ts";
import { create, type RawClient } from "./support/raw-client.ts";

// Goal: who somebody is, is what they have proved, on this connection, and nothing else.

const start = hostPeers();

const NO_AUTH = -102;
const AUTH_FAILED = -115;
const QUOTA_EXCEEDED = -125;

async function authenticate(client: RawClient, scheme: string, auth: string): Promise<number> {
  return (await client.ask({ kind: "auth", authType: 0, scheme, auth: Buffer.from(auth) })).err;
}

/** A znode that nobody may touch but the holder of `super`. */
async function createForNobody(client: RawClient, path: string): Promise<void> {
  const acl = [{ perms: 31, scheme: "digest", id: "nobody:AAAAAAAAAAAAAAAAAAAAAAAAAAA=" }];
  expect((await client.ask({ kind: "create", path, data: null, acl, flags: 0 })).err).toBe(0);
}

describe("a session's password", () => {
  it("that is wrong is answered as a session that is not there, and leaves the living connection alone", async () => {
    const hosted = await start();
    const owner = await hosted.connect();
    expect((await owner.ask(create("/mine", null, 1))).err).toBe(0);
    const wrong = owner.password.slice();
    wrong[15]! ^= 1;
    const answers: string[] = [];
    for (const [sessionId, password] of [
      [owner.sessionId, wrong],
      [owner.sessionId, new Uint8Array(0)],
      [owner.sessionId, new Uint8Array(16)],
      [owner.sessionId ^ 0x7fn, owner.password],
    ] as const) {
      const thief = await hosted.dial();
      thief.sendConnect({ sessionId, password });
      answers.push(Buffer.from(await thief.nextFrame()).toString("hex"));
      await thief.untilClosed();
    }
    expect(new Set(answers).size).toBe(1);
    expect(owner.isClosed).toBe(false);
    expect((await owner.ask({ kind: "exists", path: "/mine", watch: false })).err).toBe(0);
    const heir = await hosted.dial();
    await heir.connect({ sessionId: owner.sessionId, password: owner.password });
    expect(heir.sessionId).toBe(owner.sessionId);
    await owner.untilClosed();
  });

  it("is 16 bytes that nothing else gives: no two alike, and none from its session's id", async () => {
    const hosted = await start();
    const clients = await Promise.all(Array.from({ length: 50 }, () => hosted.connect()));
    expect(clients.every(({ password }) => password.length === 16)).toBe(true);
    expect(new Set(clients.map(({ password }) => Buffer.from(password).toString("hex"))).size).toBe(50);
    const bits = clients.flatMap(({ password }) => [...password]).reduce((sum, byte) => sum + onesOf(byte), 0);
    // Of 6,400 bits half, give or take ten standard deviations.
    expect(Math.abs(bits - 3_200)).toBeLessThan(400);
  });
});

describe("a verifier", () => {
  it("is compared in one place, in a time that tells nothing of it", () => {
    const root = new URL("../../packages/", import.meta.url);
    const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) =>
      /^(peer|core)\/src\/.*\.ts$/.test(path),
    );
    const textOf = (path: string): string => readFileSync(new URL(path, root), "utf8");
    // Whoever takes it from a session hands it to that place.
    const taking = sources.flatMap((path) => textOf(path).match(/.*session\([^)]*\)\??\.verifier.*/g) ?? []);
    expect(taking.map((line) => line.trim())).toEqual([
      "} else if (isPasswordOf(served.password, machine.session(sessionId)?.verifier)) {",
    ]);
    expect(textOf("peer/src/serving/password.ts")).toMatch(
      /function isPasswordOf\([^{]*\{[^}]*return timingSafeEqual\(shown, [^}]*\}/,
    );
    const comparing = sources.filter((path) => /verifier\)? *[!=]==|[!=]== *\w*\.?verifier\b/.test(textOf(path)));
    // Whether there is one at all.
    expect(comparing).toEqual(["peer/src/serving/password.ts"]);
  });
});

describe("super", () => {
  it("is nobody unless the options name somebody, however it is asked for", async () => {
    const hosted = await start();
    const client = await hosted.connect();
    await createForNobody(client, "/closed");
    expect(await authenticate(client, "digest", "super:admin")).toBe(0);
    expect(await authenticate(client, "digest", "super:")).toBe(0);
    expect(await authenticate(client, "digest", "super")).toBe(0);
    expect((await client.ask({ kind: "getData", path: "/closed", watch: false })).err).toBe(NO_AUTH);
    const { body } = await client.ask({ kind: "whoAmI" });
    expect(JSON.stringify(body)).not.toContain('"authScheme":"super"');
    expect(await authenticate(client, "super", "")).toBe(AUTH_FAILED);
    await client.untilClosed();
  });

  it("is who proves the digest that the options name, and nobody with another password", async () => {
    const hash = createHash("sha1").update("super:right").digest("base64");
    const hosted = await start({ superDigest: `super:${hash}` });
    const client = await hosted.connect();
    await createForNobody(client, "/closed");
    await authenticate(client, "digest", "super:wrong");
    // The hash itself is no password.
    await authenticate(client, "digest", `super:${hash}`);
    expect((await client.ask({ kind: "getData", path: "/closed", watch: false })).err).toBe(NO_AUTH);
    await authenticate(client, "digest", "super:right");
    expect((await client.ask({ kind: "getData", path: "/closed", watch: false })).err).toBe(0);
  });
});

describe("SASL", () => {
  it("is refused cleanly: as a scheme with an error and the end, as a request with an empty token", async () => {
    const hosted = await start();
    const client = await hosted.connect();
    await createForNobody(client, "/closed");
    const before = await client.ask({ kind: "whoAmI" });
    const answer = await client.ask({ kind: "sasl", token: Buffer.from("anything") });
    expect([answer.err, answer.body]).toEqual([0, { kind: "sasl", token: null }]);
    expect((await client.ask({ kind: "whoAmI" })).body).toEqual(before.body);
    expect((await client.ask({ kind: "getData", path: "/closed", watch: false })).err).toBe(NO_AUTH);
    expect(await authenticate(client, "sasl", "anything")).toBe(AUTH_FAILED);
    await client.untilClosed();
    expect(await hosted.isWell()).toBe(true);
  });
});

describe("a quota", () => {
  it("is enforced where the options say so, in count and in bytes", async () => {
    const hosted = await start({ enforceQuota: true });
    const client = await hosted.connect();
    await client.ask(create("/q"));
    const limits = "count=-1,bytes=-1=;byteHardLimit=100;countHardLimit=3";
    await client.ask(create("/zookeeper/quota/q"));
    await client.ask(create("/zookeeper/quota/q/zookeeper_limits", Buffer.from(limits)));
    await client.ask(create("/zookeeper/quota/q/zookeeper_stats", Buffer.from("count=0,bytes=0")));
    expect((await client.ask(create("/q/1"))).err).toBe(0);
    expect((await client.ask(create("/q/2"))).err).toBe(0);
    expect((await client.ask(create("/q/3"))).err).toBe(QUOTA_EXCEEDED);
    const data = new Uint8Array(101);
    expect((await client.ask({ kind: "setData", path: "/q/1", data, version: -1 })).err).toBe(QUOTA_EXCEEDED);
    await client.ask({ kind: "multi", ops: [create("/q/4") as never] });
    expect((await client.ask({ kind: "exists", path: "/q/4", watch: false })).err).toBe(-101);
  });
});

function onesOf(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}
