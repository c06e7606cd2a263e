import { createHash } from "node:crypto";
import * as fc from "fast-check";
import type { AclEntry, AuthId, OpenSessionCommand } from "./command.ts";

/** What a client would say in an auth packet, and the identity that comes of it (client-protocol 9). */
export interface DigestCredential {
  readonly user: string;
  readonly password: string;
  readonly identity: AuthId;
}

function digestCredential(user: string, password: string): DigestCredential {
  const hash = createHash("sha1").update(`${user}:${password}`).digest("base64");
  return { user, password, identity: { scheme: "digest", id: `${user}:${hash}` } };
}

export const ALICE: DigestCredential = digestCredential("alice", "wonder");
export const BOB: DigestCredential = digestCredential("bob", "pw");
/** Stands for the id that a server names in superDigest; brings the identity ("super", "") along. */
export const SUPER: DigestCredential = digestCredential("super", "user");

const LOCALHOST: AuthId = { scheme: "ip", id: "127.0.0.1" };
const ELSEWHERE: AuthId = { scheme: "ip", id: "10.1.2.3" };
const ELSEWHERE_6: AuthId = { scheme: "ip", id: "fe80:0:0:0:0:0:0:1" };
const CAROL: AuthId = { scheme: "x509", id: "CN=carol,O=example" };

/** What a connection may come with. The first four are those of the sessions 0..3 when they open. */
export const AUTHS: readonly (readonly AuthId[])[] = [
  [LOCALHOST, ALICE.identity],
  [LOCALHOST, BOB.identity],
  [ELSEWHERE],
  [LOCALHOST, SUPER.identity, { scheme: "super", id: "" }],
  [ELSEWHERE_6, ALICE.identity, BOB.identity],
  [LOCALHOST, CAROL],
];

/** How session `session` opens: everything follows from its number. */
export function openSessionCommand(session: number): OpenSessionCommand {
  const verifier = Uint8Array.from({ length: 16 }, (_, i) => (session * 37 + i * 11 + 5) & 0xff);
  const auth = AUTHS[session % 4] ?? [];
  return { kind: "openSession", session, timeoutMs: 10_000 + 1_000 * session, auth, verifier };
}

/** Few enough that commands meet each other, in three levels. */
export const PLAIN_PATHS: readonly string[] = ["/a", "/b", "/c", "/a/a", "/a/b", "/b/a", "/a/a/a", "/a/a/b"];

/** Names that a plain object or a careless validator would trip over; all legal. */
export const HOSTILE_PATHS: readonly string[] = [
  "/__proto__",
  "/a/__proto__",
  "/constructor",
  "/a/constructor",
  "/a/hasOwnProperty",
  "/toString",
  "/...",
  "/.b",
  "/b.",
  "/ ",
  "/a/\u00a0",
  "/\ud7ff",
  "/\uf900",
  "/\uffef",
];

/** Names that sequential creates come up with. */
export const SEQUENTIAL_PATHS: readonly string[] = [
  "/s0000000001",
  "/a/s0000000000",
  "/a/s0000000001",
  "/a/0000000002",
];

/** Semantics 1.1, each rule at least once. */
export const ILLEGAL_PATHS: readonly string[] = [
  "",
  "x",
  "a/b",
  "//",
  "/a/",
  "/a//b",
  "/missing/",
  "/.",
  "/..",
  "/a/.",
  "/a/..",
  "/a/../b",
  "/missing/..",
  "/a/\u0000",
  "/\u0001",
  "/\u001f",
  "/\u007f",
  "/\u009f",
  "/\ud800",
  "/\ud83d\ude00",
  "/a/\uf8ff",
  "/\ufff0",
  "/\ufffd",
  "/\uffff",
];

export const RESERVED_PATHS: readonly string[] = [
  "/",
  "/zookeeper",
  "/zookeeper/quota",
  "/zookeeper/config",
  "/zookeeper/quota/a",
  "/zookeeper/quota/a/zookeeper_limits",
  "/zookeeper/quota/a/zookeeper_stats",
  "/zookeeper/a",
];

export const MISSING_PATHS: readonly string[] = ["/missing", "/missing/a", "/a/missing"];

const picked: fc.Arbitrary<string> = fc.nat({ max: 40 }).map((n) => `?${n}`);
const pickedLeaf: fc.Arbitrary<string> = fc.nat({ max: 40 }).map((n) => `!${n}`);

/** Any path, from tame to hostile; what exists is not asked. */
export const pathArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...PLAIN_PATHS) },
  { weight: 6, arbitrary: fc.constantFrom(...HOSTILE_PATHS) },
  { weight: 4, arbitrary: fc.constantFrom(...SEQUENTIAL_PATHS) },
  { weight: 6, arbitrary: fc.constantFrom(...RESERVED_PATHS) },
  { weight: 3, arbitrary: fc.constantFrom(...MISSING_PATHS) },
  { weight: 6, arbitrary: fc.constantFrom(...ILLEGAL_PATHS) },
);

/** Mostly a node that exists when the command runs; `wellFormed` turns the picks into paths. */
export const nodeArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: picked },
  { weight: 1, arbitrary: pathArbitrary },
);

/** Mostly an existing node without children. */
export const leafArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: pickedLeaf },
  { weight: 1, arbitrary: pathArbitrary },
);

/** Mostly a child of an existing node, which may exist itself. */
export const childArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(picked, fc.constantFrom("/a", "/b", "/__proto__")).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: pathArbitrary },
);

export const sequentialPrefixArbitrary: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: picked.map((pick) => `${pick}/s`) },
  { weight: 6, arbitrary: fc.constantFrom("/s", "/a/s", "/b/s", "/a/a/s") },
  { weight: 3, arbitrary: fc.constantFrom("/", "/a/", "/a/..", "/a/__proto__") },
  { weight: 1, arbitrary: fc.constantFrom("", "s", "//", "/missing/s", "/a/\u0000", "/a//s") },
);

export const dataArbitrary: fc.Arbitrary<Uint8Array | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array(0)) },
  { weight: 8, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 9 }) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array(60).fill(0xa5)) },
);

function entry(perms: number, scheme: string, id: string): AclEntry {
  return { perms, scheme, id };
}

export const OPEN_ACL: readonly AclEntry[] = [entry(31, "world", "anyone")];

const RESTRICTED_ACLS: readonly (readonly AclEntry[])[] = [
  [entry(31, "auth", "")],
  [entry(31, "auth", "ignored"), entry(1, "world", "anyone")],
  [entry(1, "world", "anyone")],
  [entry(30, "world", "anyone")],
  [entry(15, "world", "anyone"), entry(16, "digest", ALICE.identity.id)],
  [entry(31, "digest", ALICE.identity.id), entry(1, "digest", BOB.identity.id)],
  [entry(31, "ip", "127.0.0.1")],
  [entry(31, "ip", "127.0.0.0/8"), entry(1, "ip", "10.1.0.0/16")],
  [entry(31, "ip", "fe80::1"), entry(31, "ip", "fe80::/10"), entry(16, "world", "anyone")],
  [entry(31, "x509", CAROL.id), entry(17, "world", "anyone")],
  [entry(31, "world", "anyone"), entry(31, "world", "anyone")],
  [entry(31, "digest", ALICE.identity.id), entry(31, "auth", "")],
  [entry(0, "world", "anyone")],
  [entry(-1, "world", "anyone")],
  [entry(0x7fffffff, "world", "anyone"), entry(-0x80000000, "world", "anyone")],
];

const INVALID_ACLS: readonly (readonly AclEntry[] | null)[] = [
  null,
  [],
  [entry(31, "world", "someone")],
  [entry(31, "world", "anyone"), entry(31, "nonesuch", "x")],
  [entry(31, "__proto__", "x")],
  [entry(31, "super", "")],
  [entry(31, "digest", "nocolon")],
  [entry(31, "digest", "too:many:colons")],
  [entry(31, "ip", "1.2.3")],
  [entry(31, "ip", "1.2.3.256")],
  [entry(31, "ip", "127.0.0.1/33")],
  [entry(31, "ip", "fe80::1::2")],
];

/**
 * Mostly open to everybody. `withForeignAcls: false` keeps to what a ZooKeeper without x509 and IPv6 patterns knows.
 */
export function aclArbitrary(withForeignAcls: boolean): fc.Arbitrary<readonly AclEntry[] | null> {
  const isForeign = (acl: readonly AclEntry[]): boolean =>
    acl.some(({ scheme, id }) => scheme === "x509" || (scheme === "ip" && id.includes(":")));
  const restricted = RESTRICTED_ACLS.filter((acl) => withForeignAcls || !isForeign(acl));
  const invalid = INVALID_ACLS.filter((acl) => withForeignAcls || acl === null || !isForeign(acl));
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(OPEN_ACL) },
    { weight: 5, arbitrary: fc.constantFrom(...restricted) },
    { weight: 1, arbitrary: fc.constantFrom(...invalid) },
  );
}
