import { beforeAll, describe, expect, it } from "vitest";
import { aclDigestOf } from "../../packages/core/src/digest/acl-digest.ts";
import { BytesDigest } from "../../packages/core/src/digest/bytes-digest.ts";
import { pathDigestOf, ROOT_PATH_DIGEST } from "../../packages/core/src/digest/path-digest.ts";
import { createStateMachine, type CoreStateMachine, type WriteRequest } from "../../packages/core/src/index.ts";
import type { PeerId, SessionId, WallTimeMs, Zxid } from "../../packages/interface/src/index.ts";
import type { AclEntry } from "../model/command.ts";
import type { NodeDump, SessionDump } from "../model/observation.ts";
import {
  aclDigest,
  bytesDigest,
  type Digest,
  mixWords,
  nodeDigest,
  pathDigest,
  sessionDigest,
  stateDigest,
} from "../model/reference-digest.ts";
import { bytes } from "../model/test-kit.ts";
import { readText } from "../tidy/repository.ts";
import { dumpMachine } from "./inspect.ts";

// The page's worked example is the test's expectation: neither the page nor the code can change alone.
const page = readText("docs/state-digest.md");

interface PageZnode {
  readonly path: string;
  readonly data: string | null;
  readonly acl: readonly (readonly [number, string, string])[];
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: string;
  readonly czxid: string;
  readonly mzxid: string;
  readonly pzxid: string;
  readonly ctime: number;
  readonly mtime: number;
}

interface PageSession {
  readonly id: string;
  readonly timeoutMs: number;
  readonly verifier: string;
}

interface PageState {
  readonly znodes: readonly PageZnode[];
  readonly sessions: readonly PageSession[];
}

const stated = JSON.parse(/^```json\n([^]*?)^```/m.exec(page)?.[1] ?? "null") as PageState;
/** The rows of the example's tables: what is digested, and the digits. */
const rows = new Map(
  [...page.matchAll(/^\| (.+?) \| `([0-9a-f]{8}(?: [0-9a-f]{8})?)` \|$/gm)].map(
    (match) => [match[1]!, match[2]!] as const,
  ),
);

const toAcl = (list: PageZnode["acl"]): AclEntry[] => list.map(([perms, scheme, id]) => ({ perms, scheme, id }));
const nodes: NodeDump[] = stated.znodes.map((znode) => ({
  path: znode.path,
  data: znode.data === null ? null : bytes(znode.data),
  acl: toAcl(znode.acl),
  version: znode.version,
  cversion: znode.cversion,
  aversion: znode.aversion,
  ephemeralOwner: BigInt(znode.ephemeralOwner),
  czxid: Number(znode.czxid),
  mzxid: Number(znode.mzxid),
  pzxid: Number(znode.pzxid),
  ctimeMs: znode.ctime,
  mtimeMs: znode.mtime,
}));
const sessions: SessionDump[] = stated.sessions.map(({ id, timeoutMs, verifier }) => ({
  id: BigInt(id),
  timeoutMs,
  verifier: Uint8Array.from(verifier.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)),
}));
const verifier = sessions[0]!.verifier;

const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, "0");
const lanes = ({ a, b }: Digest): string => `${hex(a)} ${hex(b)}`;
const aclName = (list: PageZnode["acl"]): string => `ACL \`${list.map((entry) => entry.join(" ")).join(", ")}\``;

/** What both tables should say, by the reference. */
function rowsByReference(): Map<string, string> {
  const digits = stateDigest(nodes, sessions);
  return new Map([
    ["mix()", lanes(mixWords([]))],
    ["mix(1, 2, 3)", lanes(mixWords([1, 2, 3]))],
    ...["/", "/app", "/app/lock"].map((path) => [`path \`${path}\``, hex(pathDigest(path))] as const),
    ["no bytes", lanes(bytesDigest(null))],
    ...["", "hello"].map((data) => [`bytes of \`"${data}"\``, lanes(bytesDigest(bytes(data)))] as const),
    ["bytes of the verifier", lanes(bytesDigest(verifier))],
    ...stated.znodes.map(({ acl }) => [aclName(acl), hex(aclDigest(toAcl(acl)))] as const),
    ...nodes.map((node) => [`znode \`${node.path}\``, lanes(nodeDigest(node))] as const),
    ...sessions.map((session) => [`session \`0x${session.id.toString(16)}\``, lanes(sessionDigest(session))] as const),
    ["**state**", `${digits.slice(0, 8)} ${digits.slice(8)}`],
  ]);
}

/** Runs the example's three transactions. */
function playExample(): CoreStateMachine {
  const machine = createStateMachine();
  const sessionId = sessions[0]!.id as SessionId;
  const requests: readonly WriteRequest[] = [
    { kind: "createSession", peerId: 1 as PeerId, timeoutMs: sessions[0]!.timeoutMs, verifier },
    {
      kind: "create2",
      path: "/app",
      data: bytes("hello"),
      acl: [{ perms: 31, scheme: "world", id: "anyone" }],
      flags: 0,
    },
    { kind: "create2", path: "/app/lock", data: null, acl: [{ perms: 1, scheme: "world", id: "anyone" }], flags: 1 },
  ];
  for (const [index, request] of requests.entries()) {
    const context = {
      zxid: (2 ** 32 + 1 + index) as Zxid,
      timeMs: (1_700_000_000_000 + index) as WallTimeMs,
      sessionId: index === 0 ? (0n as SessionId) : sessionId,
      cxid: index,
      identities: [],
    };
    expect(machine.apply(context.zxid, machine.prepare(request, context)).outcome.kind).not.toBe("error");
  }
  return machine;
}

describe("the example of docs/state-digest.md", () => {
  let machine: CoreStateMachine;
  beforeAll(() => {
    machine = playExample();
  });

  it("has the numbers that the reference computes, each of them and no others", () => {
    expect(rows).toEqual(rowsByReference());
    expect(rows.size).toBe(19);
  });

  it("is the state that its transactions make, with the digest that the state machine keeps", () => {
    const dump = dumpMachine(machine, new Map());
    expect(dump.nodes).toEqual(nodes.toSorted((left, right) => (left.path < right.path ? -1 : 1)));
    expect(dump.sessions).toEqual(sessions);
    expect(machine.digest).toBe(rows.get("**state**")?.replace(" ", ""));
  });

  it("has the parts that core computes", () => {
    const digest = new BytesDigest();
    const digestOf = (data: Uint8Array | null): string => {
      digest.of(data, 0, data?.length ?? 0);
      return lanes(digest);
    };
    expect(digestOf(null)).toBe(rows.get("no bytes"));
    expect(digestOf(bytes(""))).toBe(rows.get('bytes of `""`'));
    expect(digestOf(bytes("hello"))).toBe(rows.get('bytes of `"hello"`'));
    expect(digestOf(verifier)).toBe(rows.get("bytes of the verifier"));
    const app = pathDigestOf(ROOT_PATH_DIGEST, "/app", 1, 4);
    expect(hex(app)).toBe(rows.get("path `/app`"));
    expect(hex(pathDigestOf(app, "/app/lock", 5, 9))).toBe(rows.get("path `/app/lock`"));
    for (const { acl } of stated.znodes) expect(hex(aclDigestOf(toAcl(acl)))).toBe(rows.get(aclName(acl)));
  });

  it("states the constants of the code", () => {
    const constants = ["243f6a88", "85a308d3", "9e3779b1", "85ebca77", "85ebca6b", "c2b2ae35"];
    const code = readText("packages/core/src/digest/mix.ts");
    const formula = /```\na = [^]*?```/.exec(page)?.[0] ?? "";
    for (const constant of constants) {
      expect(code).toContain(`0x${constant}`);
      expect(formula).toContain(constant);
    }
    const shifts = (text: string): number[] => [...text.matchAll(/>>>? (\d+)/g)].map((match) => Number(match[1]));
    expect(shifts(formula)).toEqual([15, 13, 16, 13, 16]);
  });
});
