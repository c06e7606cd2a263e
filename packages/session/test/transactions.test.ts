import { CoterieError } from "@coterie/interface";
import type { MultiResponse, MultiResult } from "@coterie/protocol";
import { describe, expect, it } from "vitest";
import type { Transaction } from "../src/index.ts";
import { bytes, codeOf, errorOf, scripted } from "./support/kit.ts";
import { wireStat } from "./support/scripted-channel.ts";

const OPEN = [{ perms: 31, scheme: "world", id: "anyone" }];

function multi(...results: MultiResult[]): MultiResponse {
  return { kind: "multi", results };
}

function failed(err: number): MultiResult {
  return { kind: "error", err };
}

describe("a transaction", () => {
  it("is one request, and its results are told one by one", async () => {
    const { channel, session } = scripted({ chroot: "/app" });
    const call = session
      .transaction()
      .create("/a", "x")
      .create("/c", null, { mode: "container" })
      .create("/t", null, { mode: "ttl", ttlMs: 9 })
      .set("/a", null, { version: 1 })
      .check("/", 2)
      .check("/a")
      .delete("/a", { version: 3 })
      .commit();
    expect(channel.sent).toEqual([
      {
        kind: "multi",
        ops: [
          { kind: "create2", path: "/app/a", data: bytes("x"), acl: OPEN, flags: 0 },
          { kind: "createContainer", path: "/app/c", data: null, acl: OPEN, flags: 4 },
          { kind: "createTTL", path: "/app/t", data: null, acl: OPEN, flags: 5, ttlMs: 9 },
          { kind: "setData", path: "/app/a", data: null, version: 1 },
          { kind: "check", path: "/app", version: 2 },
          { kind: "check", path: "/app/a", version: -1 },
          { kind: "delete", path: "/app/a", version: 3 },
        ],
      },
    ]);
    channel.answer(
      multi(
        { kind: "create2", path: "/app/a", stat: wireStat() },
        { kind: "create", path: "/app/c" },
        { kind: "create2", path: "/app/t", stat: wireStat() },
        { kind: "setData", stat: wireStat() },
        { kind: "check" },
        { kind: "check" },
        { kind: "delete" },
      ),
    );
    expect(await call).toMatchObject([
      { kind: "create", path: "/a", stat: { version: 6 } },
      { kind: "create", path: "/c", stat: null },
      { kind: "create", path: "/t" },
      { kind: "set", stat: { version: 6 } },
      { kind: "check" },
      { kind: "check" },
      { kind: "delete" },
    ]);
  });

  it.each([
    ["without a code, as on the wire", null],
    ["with the code", "BAD_VERSION" as const],
  ])("that fails names the operation, from results %s", async (_, code) => {
    const { channel, session } = scripted({ chroot: "/app" });
    const call = errorOf(session.transaction().create("/a").set("/b", "x", { version: 1 }).delete("/c").commit());
    const body = multi(failed(0), failed(-103), failed(-2));
    if (code === null) channel.answer(body);
    else channel.refuse(code, undefined, body);
    expect(await call).toMatchObject({ code: "BAD_VERSION", path: "/b", index: 1, outcome: "not-applied" });
  });

  it("that fails as a whole names none", async () => {
    const { channel, session } = scripted();
    const call = errorOf(session.transaction().delete("/a").commit());
    const reason = new CoterieError("CONNECTION_CLOSED");
    channel.refuse("CONNECTION_LOSS", reason);
    const error = await call;
    expect([error.code, error.path, error.index, error.cause]).toEqual([
      "CONNECTION_LOSS",
      undefined,
      undefined,
      reason,
    ]);
  });

  it("with codes that nobody knows fails all the same", async () => {
    const { channel, session } = scripted();
    const unknown = errorOf(session.transaction().delete("/a").commit());
    const untried = errorOf(session.transaction().delete("/a").commit());
    channel.answer(multi(failed(-999)));
    channel.answer(multi(failed(-2)));
    expect(await unknown).toMatchObject({ code: "SYSTEM_ERROR", index: 0 });
    expect(await untried).toMatchObject({ code: "RUNTIME_INCONSISTENCY", index: 0 });
  });

  it("keeps the first argument that means nothing for commit, and sends nothing", async () => {
    const wrong: [expected: object, build: (builder: Transaction) => Transaction][] = [
      [{ path: "a", index: 0 }, (builder) => builder.create("a").delete("/")],
      [{ path: "/", index: 1 }, (builder) => builder.check("/").delete("/").delete("b")],
      [{ path: "/a", index: 0 }, (builder) => builder.create("/a", null, { mode: "ttl" })],
      [{ path: "/a", index: 0 }, (builder) => builder.set("/a", 7 as unknown as string)],
      [{ path: "/a", index: 0 }, (builder) => builder.check("/a", 1.5)],
      [{ path: "/a", index: 0 }, (builder) => builder.create("/a", null, { parents: true } as object)],
    ];
    for (const [expected, build] of wrong) {
      const { channel, session } = scripted();
      const builder = build(session.transaction());
      expect(await errorOf(builder.commit())).toMatchObject({ code: "BAD_ARGUMENTS", ...expected });
      expect(channel.sent).toEqual([]);
    }
  });

  it("is committed once, and takes nothing more", async () => {
    const { channel, session } = scripted();
    const builder = session.transaction().delete("/a");
    const first = builder.commit();
    expect(await codeOf(builder.commit())).toBe("BAD_ARGUMENTS");
    expect(() => builder.delete("/b")).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
    channel.answer(multi({ kind: "delete" }));
    expect(await first).toEqual([{ kind: "delete" }]);
    expect(channel.sent).toHaveLength(1);
  });

  it("copies data when it is given", async () => {
    const { channel, session } = scripted();
    const data = Buffer.from("abc");
    const builder = session.transaction().set("/a", data);
    data.fill(0);
    const call = builder.commit();
    expect(channel.sent).toMatchObject([{ ops: [{ data: bytes("abc") }] }]);
    channel.answer(multi({ kind: "setData", stat: wireStat() }));
    await call;
  });
});
