import { CoterieError } from "@coterie/interface";
import { CREATE_MODES, type RequestBody, type ResponseBody } from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import type { Created, CreateOptions, Session } from "../src/index.ts";
import { bytes, codeOf, errorOf, scripted } from "./support/kit.ts";
import { wireStat } from "./support/scripted-channel.ts";

const OPEN = [{ perms: 31, scheme: "world", id: "anyone" }];

/** Each method, what it sends, what is answered, and what comes of it. */
const METHODS: readonly [
  name: string,
  call: (session: Session) => Promise<unknown>,
  request: RequestBody,
  answer: ResponseBody,
  result: unknown,
][] = [
  [
    "get",
    (session) => session.get("/a").then((znode) => [znode.text(), znode.stat.version]),
    { kind: "getData", path: "/app/a", watch: false },
    { kind: "getData", data: bytes("x"), stat: wireStat() },
    ["x", 6],
  ],
  [
    "exists",
    (session) => session.exists("/a").then((stat) => stat?.childCount),
    { kind: "exists", path: "/app/a", watch: false },
    { kind: "exists", stat: wireStat() },
    10,
  ],
  [
    "children",
    (session) => session.children("/").then(({ children, stat }) => [children, stat.pzxid]),
    { kind: "getChildren2", path: "/app", watch: false },
    { kind: "getChildren2", children: ["b", "a"], stat: wireStat() },
    [["b", "a"], 3],
  ],
  [
    "set",
    (session) => session.set("/a", null, { version: 3 }).then(({ version }) => version),
    { kind: "setData", path: "/app/a", data: null, version: 3 },
    { kind: "setData", stat: wireStat() },
    6,
  ],
  [
    "delete",
    (session) => session.delete("/a"),
    { kind: "delete", path: "/app/a", version: -1 },
    { kind: "delete" },
    undefined,
  ],
  [
    "getAcl",
    (session) => session.getAcl("/a").then(({ acl, stat }) => [acl, stat.aversion]),
    { kind: "getACL", path: "/app/a" },
    {
      kind: "getACL",
      acl: [
        { perms: 31, scheme: "world", id: "anyone" },
        { perms: 1 | 16 | 64, scheme: "ip", id: "::1" },
      ],
      stat: wireStat(),
    },
    [
      [
        { permissions: "all", scheme: "world", id: "anyone" },
        { permissions: ["read", "admin"], scheme: "ip", id: "::1" },
      ],
      8,
    ],
  ],
  [
    "getAcl of a server that keeps none",
    (session) => session.getAcl("/a").then(({ acl }) => acl),
    { kind: "getACL", path: "/app/a" },
    { kind: "getACL", acl: null, stat: wireStat() },
    [],
  ],
  [
    "setAcl",
    (session) =>
      session
        .setAcl("/a", [{ permissions: ["write", "create", "delete"], scheme: "auth", id: "" }], {
          version: -2_147_483_648,
        })
        .then(({ aversion }) => aversion),
    { kind: "setACL", path: "/app/a", acl: [{ perms: 14, scheme: "auth", id: "" }], version: -2147483648 },
    { kind: "setACL", stat: wireStat() },
    8,
  ],
  ["sync", (session) => session.sync(), { kind: "sync", path: "/" }, { kind: "sync", path: "/" }, undefined],
  [
    "ephemerals",
    (session) => session.ephemerals(),
    { kind: "getEphemerals", prefixPath: "/app" },
    { kind: "getEphemerals", ephemerals: ["/app", "/app/e", "/apple"] },
    ["/", "/e"],
  ],
  [
    "ephemerals with a prefix",
    (session) => session.ephemerals("/e"),
    { kind: "getEphemerals", prefixPath: "/app/e" },
    { kind: "getEphemerals", ephemerals: ["/app/e", "/app/ee/f"] },
    ["/e", "/ee/f"],
  ],
  [
    "descendantCount",
    (session) => session.descendantCount("/a"),
    { kind: "getAllChildrenNumber", path: "/app/a" },
    { kind: "getAllChildrenNumber", totalNumber: 12 },
    12,
  ],
  [
    "whoAmI",
    (session) => session.whoAmI(),
    { kind: "whoAmI" },
    { kind: "whoAmI", clientInfo: [{ authScheme: "digest", user: "bob" }] },
    [{ scheme: "digest", user: "bob" }],
  ],
  [
    "addAuth",
    (session) => session.addAuth("digest", "bob:pw"),
    { kind: "auth", authType: 0, scheme: "digest", auth: bytes("bob:pw") },
    { kind: "auth" },
    undefined,
  ],
];

describe("each method", () => {
  it.each(METHODS)("%s sends one request, and says what was answered", async (_, call, request, answer, result) => {
    const { channel, session } = scripted({ chroot: "/app" });
    const promise = call(session);
    expect(channel.sent).toEqual([request]);
    channel.answer(answer);
    expect(await promise).toEqual(result);
    expect(channel.waitingCount).toBe(0);
  });

  it.each(METHODS)("%s rejects with the code that was answered", async (_, call, request) => {
    const { channel, session } = scripted({ chroot: "/app" });
    const promise = call(session);
    const reason = new CoterieError("SYSTEM_ERROR", "what was behind it");
    channel.refuse("NO_AUTH", reason);
    const error = await errorOf(promise);
    expect(error).toMatchObject({ code: "NO_AUTH", cause: reason, retryable: false, outcome: "not-applied" });
    expect(error.message).toContain("what was behind it");
    const full = "path" in request && request.kind !== "sync" ? request.path : undefined;
    expect(error.path).toBe(full === undefined ? undefined : full.slice("/app".length) || "/");
  });
});

const MODES: readonly [CreateOptions, kind: "create2" | "createContainer" | "createTTL", flags: number][] = [
  [{}, "create2", CREATE_MODES.PERSISTENT.flags],
  [{ mode: "persistent" }, "create2", CREATE_MODES.PERSISTENT.flags],
  [{ mode: "persistent-sequential" }, "create2", CREATE_MODES.PERSISTENT_SEQUENTIAL.flags],
  [{ mode: "ephemeral" }, "create2", CREATE_MODES.EPHEMERAL.flags],
  [{ mode: "ephemeral-sequential" }, "create2", CREATE_MODES.EPHEMERAL_SEQUENTIAL.flags],
  [{ mode: "container" }, "createContainer", CREATE_MODES.CONTAINER.flags],
  [{ mode: "ttl", ttlMs: 5 }, "createTTL", CREATE_MODES.PERSISTENT_WITH_TTL.flags],
  [{ mode: "ttl-sequential", ttlMs: 5 }, "createTTL", CREATE_MODES.PERSISTENT_SEQUENTIAL_WITH_TTL.flags],
];

describe("create", () => {
  it.each(MODES)("with %o is %s with flags %d", async (options, kind, flags) => {
    const { channel, session } = scripted({ chroot: "/app" });
    const call = session.create("/a", "x", options);
    const ttl = kind === "createTTL" ? { ttlMs: 5 } : {};
    expect(channel.sent).toEqual([{ kind, path: "/app/a", data: bytes("x"), acl: OPEN, flags, ...ttl }]);
    channel.answer({ kind, path: "/app/a7", stat: wireStat({ ephemeralOwner: -1n }) });
    const created: Created = await call;
    expect(created).toMatchObject({ path: "/a7", stat: { ephemeralOwner: "0xffffffffffffffff" } });
  });

  it("at the root of a chroot with a sequential mode stays inside it", async () => {
    const { channel, session } = scripted({ chroot: "/app" });
    const call = session.create("/", null, { mode: "persistent-sequential" });
    expect(channel.sent).toMatchObject([{ path: "/app/" }]);
    channel.answer({ kind: "create2", path: "/app/0000000000", stat: wireStat() });
    expect((await call).path).toBe("/0000000000");
  });
});

const ACL = { permissions: ["read"], scheme: "world", id: "anyone" } as const;

/** Arguments that mean nothing, and what the message has to say about them. */
const WRONG: readonly [name: string, call: (session: Session) => Promise<unknown>, teaches: RegExp][] = [
  ["no slash", (session) => session.get("a"), /"\/a"\?/],
  ["nothing", (session) => session.get(""), /the root is "\/"/],
  ["a slash at the end", (session) => session.set("/a/", "x"), /leave that out/],
  ["two slashes", (session) => session.children("/a//b"), /no name between/],
  ["dots", (session) => session.exists("/a/../b"), /write the path out/],
  ["a surrogate", (session) => session.getAcl("/\u{1F600}"), /U\+D83D/],
  ["a control", (session) => session.descendantCount("/a\u0007"), /U\+0007/],
  ["no text", (session) => session.get(undefined as unknown as string), /a string that begins with/],
  [
    "dots in a sequential path",
    (session) => session.create("/../", null, { mode: "ttl-sequential", ttlMs: 1 }),
    /\.\./,
  ],
  ["the root to delete", (session) => session.delete("/"), /cannot be deleted/],
  ["the prefix of no path", (session) => session.ephemerals("a"), /beginning of a path/],
  ["an object as data", (session) => session.create("/a", {} as unknown as string), /JSON\.stringify/],
  [
    "an unknown mode",
    (session) => session.create("/a", null, { mode: "toString" as "ttl" }),
    /mode is one of persistent/,
  ],
  ["a TTL without its mode", (session) => session.create("/a", null, { ttlMs: 5 }), /goes with the modes "ttl"/],
  ["the mode without its TTL", (session) => session.create("/a", null, { mode: "ttl" }), /needs ttlMs/],
  ["a TTL of 0", (session) => session.create("/a", null, { mode: "ttl", ttlMs: 0 }), /1\.\.1099511627775/],
  ["a TTL too long", (session) => session.create("/a", null, { mode: "ttl", ttlMs: 2 ** 40 }), /1\.\.1099511627775/],
  ["an ACL that is none", (session) => session.setAcl("/a", ACL as unknown as []), /an array/],
  [
    "an unknown permission",
    (session) => session.setAcl("/a", [{ ...ACL, permissions: ["own"] as unknown as ["read"] }]),
    /not "own"/,
  ],
  [
    "permissions as text",
    (session) => session.setAcl("/a", [{ ...ACL, permissions: "read" as "all" }]),
    /array of "read"/,
  ],
  [
    "an ACL without an id",
    (session) => session.setAcl("/a", [{ ...ACL, id: undefined as unknown as string }]),
    /strings/,
  ],
  ["a version of 33 bits", (session) => session.set("/a", "x", { version: 2 ** 31 }), /32 bits/],
  ["half a version", (session) => session.delete("/a", { version: 0.5 }), /32 bits/],
  ["a deadline that is none", (session) => session.sync({ deadlineMs: Number.NaN }), /Infinity for no deadline/],
  ["no bound", (session) => session.get("/a", { consistency: { kind: "bounded" } as never }), /stalenessMaxMs/],
  ["another consistency", (session) => session.get("/a", { consistency: "strong" as "local" }), /"linearizable"/],
  ["no scheme", (session) => session.addAuth(1 as unknown as string, "x"), /scheme is text/],
  ["no room for events", (session) => session.watch("/a", { bufferedMax: 0 }), /from 1 on/],
  ["very many parents", (session) => session.create("/a".repeat(1_002), null, { parents: true }), /more than 1000/],
];

describe("what means nothing", () => {
  it.each(WRONG)("%s is refused, and nothing is sent", async (_, call, teaches) => {
    const { channel, session } = scripted({ chroot: "/app" });
    const error = await errorOf(call(session));
    expect(error.code).toBe("BAD_ARGUMENTS");
    expect(error.message).toMatch(teaches);
    expect(channel.sent).toEqual([]);
  });

  it.each(["app", "/app/", "/a//b", "/..", "/\u0000"])("a chroot %j is refused", (chroot) => {
    expect(() => scripted({ chroot })).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
  });

  it("a default deadline of 0 is refused", () => {
    expect(() => scripted({ deadlineMs: 0 })).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
  });
});

describe("data", () => {
  it("is copied, a Buffer too, before the call returns", async () => {
    const { channel, session } = scripted();
    const data = Buffer.from("abc");
    const call = session.set("/a", data);
    data.fill(0);
    expect(channel.sent).toMatchObject([{ data: bytes("abc") }]);
    channel.answer({ kind: "setData", stat: wireStat() });
    await call;
  });

  it("is read as JSON, with a schema if there is one", async () => {
    const { channel, session } = scripted();
    const read = async (data: Uint8Array | null): Promise<Awaited<ReturnType<Session["get"]>>> => {
      const call = session.get("/a");
      channel.answer({ kind: "getData", data, stat: wireStat() });
      return call;
    };
    const schema = {
      parse: (value: unknown): number => {
        if (typeof value !== "number") throw new TypeError("no number");
        return value;
      },
    };
    expect((await read(bytes("7"))).json(schema)).toBe(7);
    for (const [data, why] of [
      [bytes('"x"'), "no number"],
      [bytes("{"), "JSON"],
      [bytes(""), "JSON"],
      [null, "no data"],
    ] as const) {
      const znode = await read(data);
      const message = expect.stringContaining(why) as unknown;
      expect(() => znode.json(schema)).toThrow(expect.objectContaining({ code: "BAD_DATA", path: "/a", message }));
    }
    expect((await read(null)).text()).toBe("");
  });
});

describe("an answer of another kind than its request's", () => {
  it("rejects the call and does not throw into the channel", async () => {
    const { channel, session } = scripted();
    const call = session.children("/a");
    channel.answer({ kind: "delete" });
    expect(await codeOf(call)).toBe("SYSTEM_ERROR");
  });
});
