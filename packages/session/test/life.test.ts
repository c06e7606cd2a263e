import { CoterieError, SESSION_NONE } from "@coterie/interface";
import { afterEach, describe, expect, it } from "vitest";
import { createSession, type SessionState } from "../src/index.ts";
import { codeOf, errorOf, scripted } from "./support/kit.ts";
import { ScriptedChannel } from "./support/scripted-channel.ts";
import { TreeServer } from "./support/tree-server.ts";

/** What was warned of; a listener of the process, which has to go again. */
function warnings(): { readonly texts: string[]; stop(): void } {
  const texts: string[] = [];
  const listener = (warning: Error & { detail?: string }): void => void texts.push(warning.detail ?? warning.message);
  process.on("warning", listener);
  return { texts, stop: () => process.off("warning", listener) };
}

describe("a session", () => {
  it("tells what its channel knows", () => {
    const { channel, session } = scripted();
    expect(session).toMatchObject({ id: "0x100000001", timeoutMs: 10_000, state: "connected" });
    expect(session.supports).toBe(channel.supports);
    channel.sessionId = SESSION_NONE;
    expect(session.id).toBe("0x0");
  });

  it("tells each state with its reason", () => {
    const { channel, session } = scripted();
    const told: [SessionState, string | undefined, SessionState][] = [];
    session.on("state", (state, reason) => told.push([state, reason?.code, session.state]));
    channel.become("suspended", new CoterieError("CONNECTION_LOSS"));
    channel.become("connected");
    channel.become("lost", new CoterieError("SESSION_EXPIRED"));
    expect(told).toEqual([
      ["suspended", "CONNECTION_LOSS", "suspended"],
      ["connected", undefined, "connected"],
      ["lost", "SESSION_EXPIRED", "lost"],
    ]);
  });

  it("has a clock of its own if it is given none", async () => {
    const channel = new ScriptedChannel();
    const session = createSession(channel);
    const call = session.delete("/a");
    channel.answer({ kind: "delete" });
    expect(await call).toBeUndefined();
    channel.become("closed");
  });
});

describe("a listener that fails", () => {
  let watched = warnings();
  watched.stop();
  afterEach(() => watched.stop());

  it("stops neither the others nor the session, and is warned of", async () => {
    watched = warnings();
    const { channel, session } = scripted();
    const told: string[] = [];
    session.on("state", () => {
      throw new Error("thrown by a listener");
    });
    // oxlint-disable-next-line typescript/no-misused-promises -- what applications do
    session.on("state", async () => {
      await Promise.reject(new Error("rejected by a listener"));
    });
    session.once("state", (state) => told.push(`once ${state}`));
    session.on("state", (state) => told.push(state));
    channel.become("suspended");
    channel.become("connected");
    expect(told).toEqual(["once suspended", "suspended", "connected"]);
    const call = session.delete("/a");
    channel.answer({ kind: "delete" });
    expect(await call).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    const joined = watched.texts.join("\n");
    expect(joined).toContain("thrown by a listener");
    expect(joined).toContain("rejected by a listener");
  });
});

describe("leaving", () => {
  it.each(["close", "detach"] as const)(
    "with %s asks the channel once, and resolves when that says so",
    async (how) => {
      const { channel, session } = scripted();
      const steps: string[] = [];
      const all = [session[how](), session.close(), session.detach(), session[Symbol.asyncDispose]()];
      const left = Promise.all(all).then(() => steps.push("left"));
      expect(channel.left).toEqual([how]);
      await Promise.resolve();
      steps.push("closed");
      channel.become("closed");
      await left;
      expect(steps).toEqual(["closed", "left"]);
    },
  );

  it("lets what was asked for before be answered, and refuses the rest", async () => {
    const { channel, session } = scripted();
    const before = session.delete("/a");
    const closed = session.close();
    const refused = errorOf(session.set("/a", "x"));
    expect(channel.sent).toHaveLength(1);
    channel.answer({ kind: "delete" });
    channel.become("closed");
    expect(await before).toBeUndefined();
    await closed;
    expect(await refused).toMatchObject({
      code: "SESSION_EXPIRED",
      path: "/a",
      message: "the session was closed",
      outcome: "not-applied",
    });
  });

  it("resolves if the session is lost instead, and at once if it was", async () => {
    const { channel, session } = scripted();
    const closed = session.close();
    channel.become("lost", new CoterieError("SESSION_EXPIRED"));
    await closed;
    const lost = scripted();
    lost.channel.become("lost");
    await lost.session.close();
    expect(lost.channel.left).toEqual([]);
  });

  it("ends watches without taking them from the server", async () => {
    const { channel, session } = scripted();
    const watching = session.watch("/a");
    channel.answer({ kind: "addWatch", err: 0 });
    const watch = await watching;
    channel.tell(3, "/a");
    void session.close();
    expect(await watch[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
    expect(channel.sent).toHaveLength(1);
  });
});

describe("what is asked of a lost session", () => {
  it.each([
    ["no reason", null, "SESSION_EXPIRED"],
    ["SESSION_EXPIRED", "SESSION_EXPIRED", "SESSION_EXPIRED"],
    ["PEER_STOPPED", "PEER_STOPPED", "PEER_STOPPED"],
    ["AUTH_FAILED", "AUTH_FAILED", "AUTH_FAILED"],
    // Nothing was tried, so it must not say that something may have been.
    ["CONNECTION_LOSS", "CONNECTION_LOSS", "SESSION_EXPIRED"],
  ] as const)("is refused: lost with %s", async (_, code, expected) => {
    const { channel, session } = scripted();
    const reason = code === null ? null : new CoterieError(code);
    channel.become("lost", reason);
    for (const call of [
      session.get("/a"),
      session.create("/a", null, { parents: true }),
      session.transaction().commit(),
      session.watch("/a"),
      session.addAuth("digest", "x"),
    ]) {
      expect(await errorOf(call)).toMatchObject({ code: expected, ...(reason === null ? {} : { cause: reason }) });
    }
    expect(channel.sent).toEqual([]);
  });
});

describe("over a real tree", () => {
  it("a session goes on behind a lost connection: losses in order, watches with a gap, queued calls", async () => {
    const server = new TreeServer();
    const channel = server.openChannel();
    const session = createSession(channel);
    await session.create("/a");
    const watch = await session.watch("/a");
    const lost = [session.set("/a", "1"), session.get("/a")].map((call) => codeOf(call));
    channel.suspend();
    const waiting = session.set("/a", "2");
    expect(await Promise.all(lost)).toEqual(["CONNECTION_LOSS", "CONNECTION_LOSS"]);
    channel.reconnect();
    expect((await waiting).version).toBe(1);
    const iterator = watch[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ kind: "gap", reason: "reconnected" });
    expect((await iterator.next()).value).toMatchObject({ kind: "data-changed", path: "/a" });
    channel.expire();
    await expect(iterator.next()).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    expect(await codeOf(session.sync())).toBe("SESSION_EXPIRED");
  });
});
