import { expect } from "vitest";
import { caseOf } from "./case.ts";
import { codeOf, errorOf, type SessionSetting } from "./world.ts";

export function testCalls(setting: SessionSetting): void {
  caseOf(setting, "a thousand writes that nobody waits for take effect in their order", async (world) => {
    const session = await world.openWithRoot();
    const writes = Array.from({ length: 1_000 }, (_, index) => session.set(world.root, String(index)));
    const read = session.get(world.root);
    const versions = (await Promise.all(writes)).map(({ version }) => version);
    expect(versions).toEqual(versions.map((_, index) => index + 1));
    expect((await read).text()).toBe("999");
    expect((await read).stat.version).toBe(1_000);
  });

  caseOf(setting, "settle in the order in which they were made", async (world) => {
    const session = await world.openWithRoot();
    const settled: string[] = [];
    const note = (name: string, call: Promise<unknown>): Promise<void> =>
      call.then(
        () => void settled.push(name),
        () => void settled.push(`${name} failed`),
      );
    await Promise.all([
      note("create", session.create(`${world.root}/a`)),
      note("create again", session.create(`${world.root}/a`)),
      note("read", session.get(`${world.root}/a`)),
      note("read nothing", session.get(`${world.root}/b`)),
      note("delete", session.delete(`${world.root}/a`)),
      note("exists", session.exists(`${world.root}/a`)),
    ]);
    expect(settled).toEqual(["create", "create again failed", "read", "read nothing failed", "delete", "exists"]);
  });

  caseOf(setting, "that were aborted before they were made are not sent", async (world) => {
    const session = await world.openWithRoot();
    const reason = new Error("not any more");
    const error = await errorOf(session.set(world.root, "never", { signal: AbortSignal.abort(reason) }));
    expect(error).toMatchObject({ code: "ABORTED", path: world.root, cause: reason });
    expect(await codeOf(session.set(world.root, "never", { deadlineMs: 0 }))).toBe("OPERATION_TIMEOUT");
    expect((await session.get(world.root)).stat.version).toBe(0);
  });

  caseOf(setting, "that are aborted reject at once, and those behind them get their own answers", async (world) => {
    const session = await world.openWithRoot();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = [
      session.set(world.root, "perhaps", { signal }),
      session.get(world.root, { signal }),
      session.create(`${world.root}/a`, null, { signal }),
    ];
    const behind = [session.exists(`${world.root}/none`), session.children(world.root)];
    controller.abort();
    const errors = await Promise.all(aborted.map((call) => errorOf(call)));
    const [stat, children] = await Promise.all(behind);
    expect(stat).toBeNull();
    expect(errors.map(({ code }) => code)).toEqual(["ABORTED", "ABORTED", "ABORTED"]);
    // What was sent before the abort is carried out, what was not never is.
    const [isSet, , isCreated] = errors.map(({ outcome }) => outcome === "unknown");
    const expected = { children: isCreated === true ? ["a"] : [], stat: { version: isSet === true ? 1 : 0 } };
    expect(children).toMatchObject(expected);
    expect(await session.children(world.root)).toMatchObject(expected);
  });

  caseOf(setting, "with paths that mean nothing are refused here", async (world) => {
    const session = await world.open();
    for (const path of ["", "a", "/a/", "/a//b", "/a/../b", "/.", "/\u0000", "/\u{1F600}"]) {
      expect(await errorOf(session.get(path))).toMatchObject({ code: "BAD_ARGUMENTS", path });
      expect(await codeOf(session.create(path))).toBe("BAD_ARGUMENTS");
      expect(await codeOf(session.watch(path))).toBe("BAD_ARGUMENTS");
    }
    expect(await codeOf(session.delete("/"))).toBe("BAD_ARGUMENTS");
    expect(session.state).toBe("connected");
  });
}
