import { CoterieError } from "@coterie/interface";
import { describe, expect, it, vi } from "vitest";
import {
  createDiscovery,
  type ServiceChange,
  type ServiceInstance,
  type StandardSchema,
  uriOf,
} from "../../src/index.ts";
import { type Fault, FAULTS } from "../support/faulty-channel.ts";
import { watched, World } from "../support/world.ts";

const PATH = "/services";
const WEB = "/services/web";

function ids(instances: readonly ServiceInstance[]): readonly string[] {
  return instances.map(({ id }) => id).toSorted();
}

function read(changes: AsyncIterable<ServiceChange>): { news(): string[] } {
  const told: string[] = [];
  const follow = async (): Promise<void> => {
    for await (const change of changes) {
      if (change.kind === "initialised") told.push(change.kind);
      else if (change.kind === "reset") told.push(`reset to ${ids(change.instances).join(" ")}`);
      else told.push(`${change.kind} ${change.instance.id} ${JSON.stringify(change.instance.payload)}`);
    }
  };
  follow().catch((error: unknown) => told.push((error as CoterieError).code));
  return { news: () => told.splice(0) };
}

describe("discovery", () => {
  it("has the instances that are registered, of each service", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const discovery = createDiscovery(one.session, PATH);
    expect([await discovery.services(), await discovery.instances("web")]).toEqual([[], []]);
    world.clock.advance(5_000);
    const web = await discovery.register({
      name: "web",
      id: "web-1",
      address: "10.0.0.1",
      port: 80,
      payload: { load: 0 },
      uriSpec: "{scheme}://{address}:{port}",
    });
    const mail = await createDiscovery(other.session, PATH).register({ name: "mail", address: "10.0.0.2" });
    expect(await discovery.services()).toEqual(["mail", "web"]);
    const [instance] = await createDiscovery(other.session, PATH).instances("web");
    expect(instance).toEqual({
      path: `${WEB}/web-1`,
      token: web.token,
      name: "web",
      id: "web-1",
      address: "10.0.0.1",
      port: 80,
      sslPort: null,
      payload: { load: 0 },
      payloadClass: null,
      registrationTimeUTC: 5_000,
      serviceType: "DYNAMIC",
      uriSpec: "{scheme}://{address}:{port}",
      enabled: true,
    });
    expect(uriOf(instance!)).toBe("http://10.0.0.1:80");
    expect(mail.record.id).toMatch(/^[-0-9a-f]{36}$/);
    await Promise.all([web.release(), web.release(), web[Symbol.asyncDispose](), mail.release()]);
    expect([await discovery.instances("web"), web.signal.aborted]).toEqual([[], true]);
  });

  it("updates what is named, and leaves the rest as it was", async () => {
    const { session } = await new World().open();
    const discovery = createDiscovery(session, PATH);
    const web = await discovery.register({ name: "web", id: "1", port: 80, payload: [1], address: "a" });
    await Promise.all([
      web.update({ port: 81, enabled: false }),
      web.update({ payload: null, port: undefined as never }),
    ]);
    expect(await discovery.instances("web")).toMatchObject([{ port: 81, enabled: false, payload: null, address: "a" }]);
    expect(web.record).toMatchObject({ port: 81, enabled: false, payload: null });
    for (const changes of [{ port: -1 }, { name: "mail" }, { enabled: 1 }, 5]) {
      await expect(web.update(changes as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    }
    await expect(web.update({ port: 82 }, { deadlineMs: Number.NaN })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    expect(web.record.port).toBe(81);
    await web.release();
    await expect(web.update({ port: 83 })).rejects.toMatchObject({ code: "NOT_HELD" });
  });

  it("begins no later update with what the server has refused", async () => {
    const world = new World();
    const { session } = await world.open();
    const discovery = createDiscovery(session, PATH);
    const web = await discovery.register({ name: "web", id: "1", port: 80 });
    const stop = vi.spyOn(session, "set").mockRejectedValue(new CoterieError("QUOTA_EXCEEDED"));
    const refused = [watched(web.update({ payload: "too much" })), watched(web.update({ port: 81 }))];
    await world.settle();
    for (const { error } of refused) expect(error).toMatchObject({ code: "QUOTA_EXCEEDED" });
    expect(web.record).toMatchObject({ payload: null, port: 80 });
    stop.mockRestore();
    await web.update({ enabled: false });
    expect(await discovery.instances("web")).toMatchObject([{ payload: null, port: 80, enabled: false }]);
  });

  it("keeps an update that was given up, also where a later one is refused", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const discovery = createDiscovery(session, PATH);
    const web = await discovery.register({ name: "web", id: "1", port: 80 });
    channel.suspend();
    const given = watched(web.update({ port: 81 }, { deadlineMs: 10 }));
    await world.settle();
    world.clock.advance(10);
    await world.settle();
    channel.reconnect();
    await world.settle();
    expect([given.error, web.record.port]).toMatchObject([{ code: "OPERATION_TIMEOUT" }, 81]);
    const stop = vi.spyOn(session, "set").mockRejectedValue(new CoterieError("QUOTA_EXCEEDED"));
    await expect(web.update({ payload: "too much" })).rejects.toMatchObject({ code: "QUOTA_EXCEEDED" });
    stop.mockRestore();
    await web.update({ enabled: false });
    expect(await discovery.instances("web")).toMatchObject([{ port: 81, payload: null, enabled: false }]);
  });

  it("registers sequential instances under a name of their own", async () => {
    const { session } = await new World().open();
    const discovery = createDiscovery(session, PATH);
    const request = { name: "web", id: "same", address: "a", serviceType: "DYNAMIC_SEQUENTIAL" } as const;
    const all = [await discovery.register(request), await discovery.register(request)];
    const instances = await discovery.instances("web");
    expect([ids(instances), instances.map(({ path }) => path).toSorted()]).toEqual([
      ["same", "same"],
      all.map(({ path }) => path).toSorted(),
    ]);
    for (const registration of all) await registration.release();
    expect(await discovery.instances("web")).toEqual([]);
  });

  it("waits for an instance of a former session to go (SE-12), and leaves nothing behind where that is given up", async () => {
    const world = new World();
    const [former, present] = [await world.open(), await world.open()];
    await createDiscovery(former.session, PATH).register({ name: "web", id: "1", address: "former" });
    const discovery = createDiscovery(present.session, PATH);
    const given = watched(discovery.register({ name: "web", id: "1", address: "given up" }, { deadlineMs: 10 }));
    await world.settle();
    world.clock.advance(10);
    await world.settle();
    expect(given.error).toMatchObject({ code: "OPERATION_TIMEOUT" });
    const present1 = watched(discovery.register({ name: "web", id: "1", address: "present" }));
    await world.settle();
    expect(present1.isOver).toBe(false);
    former.channel.expire();
    await world.settle();
    expect(await discovery.instances("web")).toMatchObject([{ address: "present", token: present1.value!.token }]);
    await present1.value!.release();
    await world.settle();
    expect(world.names(WEB)).toEqual([]);
  });

  it("leaves out what is no instance, and says so once for each state of it", async () => {
    const world = new World();
    const { session } = await world.open();
    const bad: string[] = [];
    const onBadInstance = (path: string, error: CoterieError): void => void bad.push(`${path} ${error.code}`);
    const payload = schemaOf((value) =>
      typeof value === "number" ? { value } : { issues: [{ message: "no number" }] },
    );
    const discovery = createDiscovery(session, PATH, { payload, onBadInstance });
    const good = await discovery.register({ name: "web", id: "good", payload: 5 });
    await session.create(`${WEB}/bad`, "{");
    await session.create(`${WEB}/other`, JSON.stringify({ name: "web", id: "other", payload: "five" }));
    for (let times = 0; times < 3; times++) expect(ids(await discovery.instances("web"))).toEqual(["good"]);
    expect(bad.splice(0)).toEqual([`${WEB}/bad BAD_DATA`, `${WEB}/other BAD_DATA`]);
    const view = discovery.view("web");
    await view.ready;
    expect([ids(view.instances), bad]).toEqual([["good"], []]);
    await session.set(`${WEB}/bad`, "}");
    await session.set(`${WEB}/other`, JSON.stringify({ name: "web", id: "other", payload: 6 }));
    await world.settle();
    expect([ids(view.instances), bad]).toEqual([["good", "other"], [`${WEB}/bad BAD_DATA`]]);
    await view.close();
    await good.release();
  });

  it("says so once each also where there are very many, however often they are asked for", async () => {
    const { session } = await new World().open();
    const bad: string[] = [];
    const onBadInstance = (path: string): void => void bad.push(path);
    await session.create(WEB, null, { parents: true });
    await Promise.all(Array.from({ length: 1_100 }, (_, index) => session.create(`${WEB}/${index}`, "{")));
    const view = createDiscovery(session, PATH, { onBadInstance }).view("web");
    await view.ready;
    const asked = [view.instances, view.instances];
    await session.create(`${WEB}/more`, "{");
    await session.sync();
    expect([...asked, view.instances]).toEqual([[], [], []]);
    expect(new Set(bad).size).toBe(bad.length);
    expect(bad.length).toBeGreaterThanOrEqual(1_100);
  });

  it("warns of what is no instance where nobody listens", async () => {
    const { session } = await new World().open();
    await session.create(`${WEB}/bad`, null, { parents: true });
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    try {
      expect(await createDiscovery(session, PATH).instances("web")).toEqual([]);
      expect(warn.mock.calls).toEqual([[expect.stringContaining(`${WEB}/bad`), expect.anything()]]);
    } finally {
      warn.mockRestore();
    }
  });

  it("gives what the schema makes of a payload, and says what it has against it", async () => {
    const { session } = await new World().open();
    const bad: string[] = [];
    const onBadInstance = (_: string, error: CoterieError): void => void bad.push(error.message);
    await createDiscovery(session, PATH).register({ name: "web", id: "1", payload: { load: "5" } });
    const doubled = schemaOf((value) => ({ value: 2 * Number((value as { load: string }).load) }));
    expect(await createDiscovery(session, PATH, { payload: doubled }).instances("web")).toMatchObject([
      { payload: 10 },
    ]);
    const none = schemaOf<number>(() => ({ issues: [{ message: "no number", path: ["load"] }] }));
    const late = schemaOf(() => Promise.reject<{ value: number }>(new Error("later")));
    for (const payload of [none, late]) {
      expect(await createDiscovery(session, PATH, { payload, onBadInstance }).instances("web")).toEqual([]);
    }
    expect(bad).toEqual([expect.stringContaining("load: no number"), expect.stringContaining("a promise")]);
  });

  it("refuses wrong arguments, with nothing sent", async () => {
    const { session, channel } = await new World().open();
    const discovery = createDiscovery(session, PATH);
    const name = "web";
    const circle: Record<string, unknown> = {};
    circle["circle"] = circle;
    const requests = [
      5,
      {},
      { name: "" },
      { name: "a/b" },
      { name, id: "a/b" },
      { name, address: "" },
      { name, port: 65_536 },
      { name, sslPort: "443" },
      { name, payload: circle },
      { name, payload: () => 5 },
      { name, payload: { "@class": "a.B" } },
      { name, payloadClass: 5 },
      { name, uriSpec: "{" },
      { name, serviceType: "PERMANENT" },
      { name, host: "10.0.0.1" },
    ];
    for (const request of requests) {
      await expect(discovery.register(request as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    }
    await expect(discovery.register({ name }, 5 as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(discovery.services(5 as never)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(discovery.instances("a/b")).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    const create = createDiscovery as (...args: unknown[]) => unknown;
    for (const wrong of [
      () => discovery.view(""),
      () => discovery.view(name, { signal: 5 as never }),
      () => create(session, PATH, { onBadInstance: 5 }),
      () => create(session, PATH, { schema: {} }),
      () => create(session, PATH, { payload: { parse: String } }),
    ]) {
      expect(wrong).toThrow(expect.objectContaining({ code: "BAD_ARGUMENTS" }));
    }
    expect(channel.requestCount).toBe(0);
  });
});

type Validate<Payload> = StandardSchema<unknown, Payload>["~standard"]["validate"];

function schemaOf<Payload>(validate: Validate<Payload>): StandardSchema<unknown, Payload> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

describe("a view of a service", () => {
  it("has the instances in memory, and tells what changes", async () => {
    const world = new World();
    const [one, other] = [await world.open(), await world.open()];
    const onBadInstance = (): void => undefined;
    const view = createDiscovery(other.session, PATH, { onBadInstance }).view("web");
    const changes = read(view.changes());
    await view.ready;
    const web = await createDiscovery(one.session, PATH).register({ name: "web", id: "1", payload: "a" });
    await web.update({ payload: "b" });
    await world.settle();
    expect(changes.news()).toEqual(["initialised", `added 1 "a"`, `changed 1 "b"`]);
    await other.session.set(web.path, "no JSON");
    await world.settle();
    expect([changes.news(), view.instances]).toEqual([[`removed 1 "b"`], []]);
    await web.update({ payload: "c" });
    await world.settle();
    expect([changes.news(), view.instances[0]?.payload]).toEqual([[`added 1 "c"`], "c"]);
    const late = read(view.changes());
    await world.settle();
    expect(late.news()).toEqual(["reset to 1", "initialised"]);
    one.channel.expire();
    await world.settle();
    expect([changes.news(), view.instances]).toEqual([[`removed 1 "c"`], []]);
    other.channel.expire();
    await world.settle();
    expect([changes.news(), view.signal.reason]).toMatchObject([["SESSION_EXPIRED"], { code: "SESSION_EXPIRED" }]);
  });
});

/** Registers, updates and releases while one request goes wrong; another session views it. Gives whether there was such a request. */
async function registerWithFault(at: number, fault: Fault): Promise<boolean> {
  const world = new World();
  const [one, other] = [await world.open(), await world.open()];
  const view = createDiscovery(other.session, PATH).view("web");
  await view.ready;
  one.channel.plan = { at, fault };
  const discovery = createDiscovery(one.session, PATH);
  const registers = watched(discovery.register({ name: "web", payload: "a" }));
  await world.settle();
  const web = registers.value;
  const update = watched(web === undefined ? Promise.resolve() : web.update({ payload: "b" }));
  const instances = watched(discovery.instances("web"));
  await world.settle();
  expect([registers.isOver, update.isOver, instances.isOver]).toEqual([true, true, true]);
  const isThere = web?.signal.aborted === false;
  expect(view.instances.map(({ payload }) => payload)).toEqual(isThere ? ["b"] : []);
  if (isThere) expect(instances.value).toHaveLength(1);
  await web?.release();
  await world.settle();
  expect([view.instances, world.names(WEB)]).toEqual([[], []]);
  return one.channel.requestCount >= at;
}

describe.each(FAULTS)("an instance one of whose requests is %s", (fault) => {
  it("is registered once, or not at all, and leaves nothing behind", async () => {
    let at = 1;
    while (await registerWithFault(at, fault)) at += 1;
    expect(at).toBeGreaterThan(6);
  });
});
