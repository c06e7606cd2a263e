import { describe, expect, it } from "vitest";
import { createLiveConfig, type ConfigEvent } from "../../src/index.ts";
import { watched, World } from "../support/world.ts";
import { counts, type Counts, Gate, laterCounts } from "./support.ts";

const PATH = "/config/app";

/** `kind` and what it says, of each change. */
class Told {
  private readonly told: string[] = [];
  error: unknown;
  isOver = false;

  constructor(changes: AsyncIterable<ConfigEvent<Counts>>) {
    void this.read(changes);
  }

  news(): string[] {
    return this.told.splice(0);
  }

  private async read(changes: AsyncIterable<ConfigEvent<Counts>>): Promise<void> {
    try {
      for await (const event of changes) this.told.push(shown(event));
    } catch (error) {
      this.error = error;
    }
    this.isOver = true;
  }
}

function shown(event: ConfigEvent<Counts>): string {
  switch (event.kind) {
    case "changed":
      return `${event.previous?.count ?? "none"} to ${event.value.count}`;
    case "bad":
      return `bad: ${event.issues.map(({ message }) => message).join()}`;
    case "missing":
      return "missing";
    case "reset":
      return `reset to ${event.value?.count ?? "none"} ${event.error?.code ?? ""}`;
  }
}

describe("a live configuration", () => {
  it("is what stands there, with what the schema makes of it", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(PATH, '{"count":1}', { parents: true });
    const config = createLiveConfig(one.session, PATH, { schema: counts });
    const told = new Told(config.changes());
    expect(() => config.value).toThrow(expect.objectContaining({ code: "BAD_DATA" }));
    await config.ready;
    expect([config.value, config.error]).toEqual([{ count: 1, label: "none" }, null]);
    await other.session.set(PATH, '{"count":2,"label":"two"}');
    await world.settle();
    expect(config.value).toEqual({ count: 2, label: "two" });
    expect(told.news()).toEqual(["none to 1", "1 to 2"]);
  });

  it("stays as it was where what is set is bad, and says what is bad about it", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(PATH, '{"count":1}', { parents: true });
    const config = createLiveConfig(one.session, PATH, { schema: counts });
    const changes = config.changes();
    await config.ready;
    await changes.next();
    const stat = await other.session.set(PATH, '{"count":"two"}');
    const { value: bad } = await changes.next();
    expect(bad).toMatchObject({ kind: "bad", zxid: stat.mzxid, issues: [{ message: "no number", path: ["count"] }] });
    expect(config.error).toMatchObject({ code: "BAD_DATA", path: PATH });
    expect(config.error?.message).toContain("count: no number");
    expect(config.value).toMatchObject({ count: 1 });
    for (const data of ["{", null, new Uint8Array([0x22, 0xff, 0x22])]) {
      await other.session.set(PATH, data);
      expect((await changes.next()).value).toMatchObject({ kind: "bad", error: { code: "BAD_DATA" } });
    }
    await other.session.set(PATH, '{"count":3}');
    expect((await changes.next()).value).toMatchObject({
      kind: "changed",
      value: { count: 3 },
      previous: { count: 1 },
    });
    expect(config.error).toBeNull();
    await other.session.delete(PATH);
    expect((await changes.next()).value).toMatchObject({ kind: "missing", error: { code: "NO_NODE" } });
    expect(config.value).toMatchObject({ count: 3 });
  });

  it("is not ready where the first value is bad or missing, but follows what comes", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const missing = createLiveConfig(one.session, PATH, { schema: counts });
    await expect(missing.ready).rejects.toMatchObject({ code: "NO_NODE", path: PATH });
    expect(() => missing.value).toThrow(expect.objectContaining({ code: "NO_NODE" }));
    await other.session.create(PATH, "[]", { parents: true });
    const bad = createLiveConfig(one.session, PATH, { schema: counts });
    await expect(bad.ready).rejects.toMatchObject({ code: "BAD_DATA" });
    await other.session.set(PATH, '{"count":1}');
    await world.settle();
    expect([missing.value.count, bad.value.count]).toEqual([1, 1]);
  });

  it("begins with what it is given for that", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const initial = { count: 7, label: "initial" };
    const config = createLiveConfig(one.session, PATH, { schema: counts, initial });
    expect(config.value).toBe(initial);
    await config.ready;
    expect([config.value, config.error?.code]).toEqual([initial, "NO_NODE"]);
    const late = new Told(config.changes());
    await other.session.create(PATH, '{"count":1}', { parents: true });
    await world.settle();
    expect(late.news()).toEqual(["reset to 7 NO_NODE", "7 to 1"]);
  });

  it("is written in another format where it is told which", async () => {
    const world = new World();
    const { session } = await world.open();
    const format = {
      parse: (text: string): unknown => Object.fromEntries(text.split("\n").map((line) => line.split("="))),
      stringify: (value: unknown): string =>
        Object.entries(value as object)
          .map((pair) => pair.join("="))
          .join("\n"),
    };
    const schema = {
      "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value: value as { a: string } }) },
    } as const;
    const config = createLiveConfig(session, PATH, { schema, format });
    expect(await config.update({ a: "1" })).toEqual({ a: "1" });
    expect((await session.get(PATH)).text()).toBe("a=1");
  });

  it("takes one verdict at a time, and the newest of what waits: a late one replaces nothing newer", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const gate = new Gate();
    await other.session.create(PATH, '{"count":1}', { parents: true });
    const config = createLiveConfig(one.session, PATH, { schema: laterCounts(gate) });
    const told = new Told(config.changes());
    await world.settle();
    for (const count of [2, 3, 4]) await other.session.set(PATH, `{"count":${count}}`);
    await world.settle();
    expect(gate.waiting).toEqual([1]);
    // A write of its own is newer than what is looked at, and is there at once.
    const update = watched(config.update({ count: 5 }));
    await world.settle();
    gate.open(5);
    await world.settle();
    expect([update.value, config.value]).toEqual([
      { count: 5, label: "none" },
      { count: 5, label: "none" },
    ]);
    gate.open(1);
    await world.settle();
    expect([config.value.count, told.news()]).toEqual([5, ["none to 5"]]);
    await other.session.set(PATH, '{"count":6}');
    await world.settle();
    expect(gate.waiting).toEqual([6]);
    gate.open(6);
    await world.settle();
    expect(config.value.count).toBe(6);
  });

  it("takes a schema that fails for one that refuses", async () => {
    const world = new World();
    const { session } = await world.open();
    await session.create(PATH, "1", { parents: true });
    const fails = (): never => {
      throw new Error("no such table");
    };
    const schema = { "~standard": { version: 1, vendor: "test", validate: fails } } as const;
    const config = createLiveConfig<number>(session, PATH, { schema });
    await expect(config.ready).rejects.toMatchObject({ code: "BAD_DATA", cause: { message: "no such table" } });
  });

  it.each(["close", "dispose", "abort", "session"] as const)("ends by %s, and keeps its value", async (how) => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    await other.session.create(PATH, '{"count":1}', { parents: true });
    const giveUp = new AbortController();
    const config = createLiveConfig(one.session, PATH, { schema: counts, signal: giveUp.signal });
    const told = new Told(config.changes());
    await config.ready;
    if (how === "close") await config.close();
    if (how === "dispose") await config[Symbol.asyncDispose]();
    if (how === "abort") giveUp.abort();
    if (how === "session") one.channel.expire();
    await other.session.set(PATH, '{"count":2}');
    await world.settle();
    const code = how === "session" ? "SESSION_EXPIRED" : "ABORTED";
    expect([config.value.count, told.isOver, config.signal.reason]).toEqual([
      1,
      true,
      expect.objectContaining({ code }),
    ]);
    expect(told.error).toBe(how === "close" || how === "dispose" ? undefined : config.signal.reason);
    await expect(config.update({ count: 3 })).rejects.toMatchObject({ code });
    expect((await other.session.get(PATH)).text()).toBe('{"count":2}');
  });

  it("rejects ready where it ends before, also while the schema thinks", async () => {
    const world = new World();
    const { session } = await world.open();
    await session.create(PATH, '{"count":1}', { parents: true });
    const config = createLiveConfig(session, PATH, { schema: laterCounts(new Gate()) });
    await world.settle();
    const told = new Told(config.changes());
    await config.close();
    await expect(config.ready).rejects.toMatchObject({ code: "ABORTED" });
    await world.settle();
    expect(told.isOver).toBe(true);
  });

  it("has to be told what means something", async () => {
    const world = new World();
    const { session } = await world.open();
    const wrong = [{}, { schema: {} }, { schema: counts, format: {} }, { schema: counts, other: 1 }, { schema: null }];
    for (const options of [...wrong, { schema: counts, signal: 1 }, undefined]) {
      expect(() => createLiveConfig(session, PATH, options as never)).toThrow(
        expect.objectContaining({ code: "BAD_ARGUMENTS" }),
      );
    }
  });
});
