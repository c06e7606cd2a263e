import { describe, expect, it } from "vitest";
import { type Consistency, LINEARIZABLE_ASKED, LINEARIZABLE_CONFIRMED, type ReadOptions } from "../src/index.ts";
import { bytes, codeOf, errorOf, scripted, type Scripted } from "./support/kit.ts";
import { wireStat } from "./support/scripted-channel.ts";

const SYNC = { kind: "sync", path: LINEARIZABLE_ASKED } as const;
const READ = { kind: "getData", path: "/app/a", watch: false } as const;
const ANSWER = { kind: "getData", data: bytes("x"), stat: wireStat() } as const;

function ask(options: ReadOptions): Scripted & { readonly text: Promise<string> } {
  const all = scripted({ chroot: "/app" });
  return { ...all, text: all.session.get("/a", options).then((znode) => znode.text()) };
}

function bounded(stalenessMaxMs: number): Consistency {
  return { kind: "bounded", stalenessMaxMs };
}

describe("a local read", () => {
  it("is one request, by default too", async () => {
    for (const options of [{}, { consistency: "local" }] as const) {
      const { channel, text } = ask(options);
      expect(channel.sent).toEqual([READ]);
      channel.answer(ANSWER);
      expect(await text).toBe("x");
    }
  });
});

describe("a linearizable read", () => {
  it("sends the question to the quorum and the read right behind it", async () => {
    const { channel, text } = ask({ consistency: "linearizable" });
    expect(channel.sent).toEqual([SYNC, READ]);
    channel.answer({ kind: "sync", path: LINEARIZABLE_CONFIRMED });
    channel.answer(ANSWER);
    expect(await text).toBe("x");
  });

  it("rejects as soon as no quorum has confirmed, and leaves the read's answer to nobody", async () => {
    const { channel, session, text } = ask({ consistency: "linearizable" });
    const rejected = errorOf(text);
    const behind = session.exists("/b");
    channel.answer({ kind: "sync", path: LINEARIZABLE_ASKED });
    expect(await rejected).toMatchObject({ code: "UNSUPPORTED", path: "/a" });
    channel.answer(ANSWER);
    channel.refuse("NO_NODE");
    expect(await behind).toBeNull();
  });

  it("takes the echo if asked to", async () => {
    const { channel, text } = ask({ consistency: "linearizable", acceptSync: true });
    channel.answer({ kind: "sync", path: LINEARIZABLE_ASKED });
    channel.answer(ANSWER);
    expect(await text).toBe("x");
  });

  it("rejects with what the sync was refused with, acceptSync or not", async () => {
    for (const acceptSync of [false, true]) {
      const { channel, text } = ask({ consistency: "linearizable", acceptSync });
      const rejected = errorOf(text);
      channel.refuse("CONNECTION_LOSS");
      channel.answer(ANSWER);
      expect(await rejected).toMatchObject({ code: "CONNECTION_LOSS", path: "/a" });
    }
  });

  it("is not sent where it is known that nobody confirms it", async () => {
    const { channel, session } = scripted();
    channel.supports = { kind: "wire", linearizable: false, bounded: false };
    expect(await codeOf(session.get("/a", { consistency: "linearizable" }))).toBe("UNSUPPORTED");
    expect(channel.sent).toEqual([]);
    const children = session.children("/a", { consistency: "linearizable", acceptSync: true });
    channel.answer(SYNC);
    channel.answer({ kind: "getChildren2", children: [], stat: wireStat() });
    expect((await children).children).toEqual([]);
  });

  it("of nothing is null", async () => {
    const { channel, session } = scripted();
    const stat = session.exists("/a", { consistency: "linearizable" });
    channel.answer({ kind: "sync", path: LINEARIZABLE_CONFIRMED });
    channel.refuse("NO_NODE");
    expect(await stat).toBeNull();
  });
});

describe("a bounded read", () => {
  it.each([
    ["within the bound: one request", 5, 5, [READ]],
    ["beyond it: a quorum is asked", 5.5, 5, [SYNC, READ]],
    ["not known: a quorum is asked", null, 5, [SYNC, READ]],
    ["without any staleness, up to date", 0, 0, [READ]],
  ])("%s", async (_, staleMs, stalenessMaxMs, sent) => {
    const { channel, session } = scripted({ chroot: "/app" });
    channel.stale = staleMs;
    const text = session.get("/a", { consistency: bounded(stalenessMaxMs) }).then((znode) => znode.text());
    expect(channel.sent).toEqual(sent);
    if (sent.length > 1) channel.answer({ kind: "sync", path: LINEARIZABLE_CONFIRMED });
    channel.answer(ANSWER);
    expect(await text).toBe("x");
  });

  it("is UNSUPPORTED where the channel cannot tell", async () => {
    const { channel, session } = scripted();
    channel.supports = { kind: "wire", linearizable: true, bounded: false };
    channel.stale = 0;
    expect(await codeOf(session.get("/a", { consistency: bounded(60_000) }))).toBe("UNSUPPORTED");
    expect(channel.sent).toEqual([]);
  });
});
