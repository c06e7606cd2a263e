import { expect } from "vitest";
import { caseOf } from "./case.ts";
import { codeOf, type SessionSetting } from "./world.ts";

export function testEnds(setting: SessionSetting): void {
  caseOf(setting, "comes behind everything that was asked for", async (world) => {
    const session = await world.openWithRoot();
    const other = await world.open();
    const writes = Array.from({ length: 100 }, (_, index) => session.create(`${world.root}/${index}`));
    const closed = session.close();
    await Promise.all(writes);
    await closed;
    expect(session.state).toBe("closed");
    await other.sync();
    expect((await other.children(world.root)).children).toHaveLength(100);
  });

  caseOf(setting, "is told once, and refuses what is asked for behind it", async (world) => {
    const session = await world.openWithRoot();
    const states: string[] = [];
    session.on("state", (state) => states.push(state));
    const watch = await session.watch(world.root);
    const pending = watch[Symbol.asyncIterator]().next();
    const first = session.close();
    const refused = session.get(world.root);
    expect(await codeOf(refused)).toBe("SESSION_EXPIRED");
    await Promise.all([first, session.close(), session[Symbol.asyncDispose]()]);
    expect(states).toEqual(["closed"]);
    expect((await pending).done).toBe(true);
    expect(await codeOf(session.create(`${world.root}/a`))).toBe("SESSION_EXPIRED");
    expect(await codeOf(session.watch(world.root))).toBe("SESSION_EXPIRED");
    expect(await codeOf(session.transaction().commit())).toBe("SESSION_EXPIRED");
  });

  caseOf(setting, "takes the session's ephemerals, while leaving does not", async (world) => {
    const session = await world.openWithRoot();
    const closing = await world.open();
    const leaving = await world.open();
    await Promise.all([closing.sync(), leaving.sync()]);
    await closing.create(`${world.root}/closed`, null, { mode: "ephemeral" });
    await leaving.create(`${world.root}/left`, null, { mode: "ephemeral" });
    await closing.close();
    await leaving.detach();
    expect(leaving.state).toBe("closed");
    await session.sync();
    expect((await session.children(world.root)).children).toEqual(["left"]);
  });

  caseOf(setting, "a session knows its timeout and its id until then", async (world) => {
    const one = await world.open();
    const other = await world.open();
    expect(one.state).toBe("connected");
    expect(one.timeoutMs).toBeGreaterThan(0);
    expect(one.id).toMatch(/^0x[1-9a-f][0-9a-f]*$/);
    expect(one.id).not.toBe(other.id);
  });
}
