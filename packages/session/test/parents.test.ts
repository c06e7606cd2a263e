import { describe, expect, it } from "vitest";
import type { Created, Session } from "../src/index.ts";
import { codeOf, errorOf, scripted, type Scripted } from "./support/kit.ts";
import { wireStat } from "./support/scripted-channel.ts";

function paths({ channel }: Scripted): (string | undefined)[] {
  return channel.sent.map((body) => ("path" in body ? body.path : undefined));
}

function created({ channel }: Scripted, path: string): void {
  channel.answer({ kind: "create2", path, stat: wireStat() });
}

function make(session: Session, path: string): Promise<Created> {
  return session.create(path, "x", { parents: true, mode: "ephemeral" });
}

describe("parents", () => {
  it("are attempted from the top down, right before the create, in its place among the calls", async () => {
    const all = scripted({ chroot: "/app/x" });
    const call = make(all.session, "/a/b");
    const behind = all.session.delete("/a/b");
    expect(paths(all)).toEqual(["/app", "/app/x", "/app/x/a", "/app/x/a/b", "/app/x/a/b"]);
    expect(all.channel.sent[2]).toEqual({
      kind: "create2",
      path: "/app/x/a",
      data: new Uint8Array(0),
      acl: [{ perms: 31, scheme: "world", id: "anyone" }],
      flags: 0,
    });
    all.channel.refuse("NODE_EXISTS");
    all.channel.refuse("NO_AUTH");
    created(all, "/app/x/a");
    created(all, "/app/x/a/b");
    all.channel.answer({ kind: "delete" });
    expect((await call).path).toBe("/a/b");
    expect(await behind).toBeUndefined();
  });

  it("that were seen are not attempted again, unless they were deleted here", async () => {
    const all = scripted();
    const first = make(all.session, "/a/b/c");
    for (const path of ["/a", "/a/b", "/a/b/c"]) created(all, path);
    await first;
    all.channel.sent.length = 0;
    void all.session.delete("/a/b");
    const second = make(all.session, "/a/b/d");
    expect(paths(all)).toEqual(["/a/b", "/a/b", "/a/b/d"]);
    all.channel.answer({ kind: "delete" });
    created(all, "/a/b");
    created(all, "/a/b/d");
    expect((await second).path).toBe("/a/b/d");
  });

  it("that somebody else has deleted are made again, once", async () => {
    const all = scripted();
    const first = make(all.session, "/a/b");
    created(all, "/a");
    created(all, "/a/b");
    await first;
    all.channel.sent.length = 0;
    const again = make(all.session, "/a/b");
    all.channel.refuse("NO_NODE");
    expect(paths(all)).toEqual(["/a/b", "/a", "/a/b"]);
    all.channel.refuse("NODE_EXISTS");
    all.channel.refuse("NO_NODE");
    expect(await errorOf(again)).toMatchObject({ code: "NO_NODE", path: "/a/b" });
    expect(all.channel.waitingCount).toBe(0);
  });

  it("that cannot be made say why, where the create fails for it", async () => {
    const all = scripted({ chroot: "/app" });
    const call = errorOf(make(all.session, "/e/f/g"));
    all.channel.refuse("NODE_EXISTS");
    all.channel.refuse("NODE_EXISTS");
    all.channel.refuse("NO_CHILDREN_FOR_EPHEMERALS");
    all.channel.refuse("NO_NODE");
    expect(await call).toMatchObject({ code: "NO_CHILDREN_FOR_EPHEMERALS", path: "/e/f" });
  });

  it("change nothing about how the create itself fails", async () => {
    const all = scripted();
    const call = errorOf(make(all.session, "/a/b"));
    all.channel.refuse("CONNECTION_LOSS");
    all.channel.refuse("CONNECTION_LOSS");
    expect(await call).toMatchObject({ code: "CONNECTION_LOSS", path: "/a/b" });
  });

  it("are not made again for a call that was aborted, nor when the session is over", async () => {
    const all = scripted();
    const first = make(all.session, "/a/b");
    created(all, "/a");
    created(all, "/a/b");
    await first;
    const controller = new AbortController();
    const aborted = all.session.create("/a/c", null, { parents: true, signal: controller.signal });
    const late = make(all.session, "/a/d");
    const sent = all.channel.sent.length;
    controller.abort();
    void all.session.close();
    all.channel.refuse("NO_NODE");
    all.channel.refuse("NO_NODE");
    expect([await codeOf(aborted), await codeOf(late)]).toEqual(["ABORTED", "NO_NODE"]);
    expect(all.channel.sent).toHaveLength(sent);
  });

  it("of what stands at the root are none", async () => {
    const all = scripted();
    const call = make(all.session, "/a");
    expect(paths(all)).toEqual(["/a"]);
    created(all, "/a");
    expect((await call).path).toBe("/a");
  });
});
