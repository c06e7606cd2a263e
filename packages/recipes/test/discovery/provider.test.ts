import { describe, expect, it } from "vitest";
import {
  createDiscovery,
  type Discovery,
  type ProviderOptions,
  type Registration,
  type ServiceInstance,
  type ServiceProvider,
} from "../../src/index.ts";
import { DownInstances, TROUBLES_MAX } from "../../src/discovery/down-instances.ts";
import { World } from "../support/world.ts";

const PATH = "/services";

interface Setting {
  readonly world: World;
  readonly discovery: Discovery;
  readonly provider: ServiceProvider;
  readonly registrations: readonly Registration[];
}

/** A provider of so many instances: "0", "1", … */
async function provide(count: number, options: ProviderOptions): Promise<Setting> {
  const world = new World();
  const { session } = await world.open();
  const discovery = createDiscovery(session, PATH);
  const registrations: Registration[] = [];
  for (let id = 0; id < count; id++) registrations.push(await discovery.register({ name: "web", id: String(id) }));
  const provider = discovery.provider("web", options);
  await provider.ready;
  return { world, discovery, provider, registrations };
}

function instanceAt(path: string): ServiceInstance {
  const none = { address: null, port: null, sslPort: null, payload: null, payloadClass: null, uriSpec: null };
  const record = {
    ...none,
    name: "web",
    id: path,
    registrationTimeUTC: 0,
    serviceType: "DYNAMIC",
    enabled: true,
  } as const;
  return { ...record, path, token: 1 };
}

/** Whom it gives, one after another. */
function given(provider: ServiceProvider, count: number): readonly string[] {
  return Array.from({ length: count }, () => provider.instance()?.id ?? "nobody");
}

describe("a provider", () => {
  it("gives each in turn", async () => {
    const { provider, registrations, world } = await provide(3, {});
    const turns = given(provider, 6);
    expect([turns.slice(0, 3).toSorted(), turns.slice(3)]).toEqual([["0", "1", "2"], turns.slice(0, 3)]);
    await registrations[1]!.release();
    await world.settle();
    expect(given(provider, 4).toSorted()).toEqual(["0", "0", "2", "2"]);
  });

  it("gives any", async () => {
    const { provider } = await provide(3, { strategy: "random" });
    // That one of three stays away 300 times happens once in 10^52.
    expect([...new Set(given(provider, 300))].toSorted()).toEqual(["0", "1", "2"]);
  });

  it("gives the same as long as it is there, and then the same other one", async () => {
    const { provider, registrations, world } = await provide(3, { strategy: "sticky" });
    const [first] = given(provider, 1);
    expect(new Set(given(provider, 10))).toEqual(new Set([first]));
    await registrations[Number(first)]!.update({ payload: "busy" });
    await world.settle();
    expect(provider.instance()).toMatchObject({ id: first, payload: "busy" });
    await registrations[Number(first)]!.release();
    await world.settle();
    const [second] = given(provider, 1);
    expect(second).not.toBe(first);
    expect(new Set(given(provider, 10))).toEqual(new Set([second]));
  });

  it("gives null where there is none, and one as soon as one comes", async () => {
    const { provider, discovery, world } = await provide(0, {});
    expect([provider.instance(), provider.instances()]).toEqual([null, []]);
    await discovery.register({ name: "web", id: "new" });
    await world.settle();
    expect(given(provider, 2)).toEqual(["new", "new"]);
  });

  it("leaves out who is disabled, and whom the filter does not let through", async () => {
    const { provider, registrations, world } = await provide(3, { filter: ({ id }) => id !== "0" });
    await registrations[1]!.update({ enabled: false });
    await world.settle();
    expect(given(provider, 3)).toEqual(["2", "2", "2"]);
    await registrations[1]!.update({ enabled: true });
    await world.settle();
    expect(
      provider
        .instances()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(["1", "2"]);
  });

  it("leaves out an instance with too many errors, until their time is over", async () => {
    const { provider, world } = await provide(2, { down: { errorsMax: 2, forMs: 1_000 } });
    const [zero] = provider.instances().filter(({ id }) => id === "0");
    provider.noteError(zero!);
    expect(provider.instances()).toHaveLength(2);
    world.clock.advance(999);
    provider.noteError(zero!);
    expect(given(provider, 2)).toEqual(["1", "1"]);
    world.clock.advance(1);
    expect(provider.instances()).toHaveLength(2);
    // Those errors are forgotten.
    provider.noteError(zero!);
    expect(provider.instances()).toHaveLength(2);
    world.clock.advance(1_000);
    provider.noteError(zero!);
    expect(provider.instances()).toHaveLength(2);
  });

  it("remembers troubles with so many, and forgets the oldest", () => {
    const down = new DownInstances(new World().clock, {});
    const instances = Array.from({ length: TROUBLES_MAX + 1 }, (_, index) => instanceAt(`/services/web/${index}`));
    for (const instance of instances) down.report(instance);
    expect([down.isDown(instances[0]!), down.isDown(instances[1]!)]).toEqual([false, true]);
    // Reported once more it is the newest, and the next one goes.
    down.report(instances[1]!);
    down.report(instances[0]!);
    expect([0, 1, 2, 3].map((index) => down.isDown(instances[index]!))).toEqual([true, true, false, true]);
  });

  it("leaves out at once who is reported down, until it is registered anew", async () => {
    const { provider, registrations, discovery, world } = await provide(1, { strategy: "sticky" });
    provider.reportDown(provider.instance()!);
    expect(provider.instance()).toBeNull();
    await registrations[0]!.release();
    await discovery.register({ name: "web", id: "0" });
    await world.settle();
    expect(provider.instance()?.id).toBe("0");
  });

  it("leaves out who is reported down for as long as it says, whatever was noted before", async () => {
    const { provider, world } = await provide(1, { down: { errorsMax: 2, forMs: 1_000 } });
    const instance = provider.instance()!;
    provider.noteError(instance);
    world.clock.advance(999);
    provider.reportDown(instance);
    world.clock.advance(999);
    expect(provider.instance()).toBeNull();
    world.clock.advance(1);
    expect(provider.instance()?.id).toBe("0");
  });

  it("makes its choice of the same list until something changes", async () => {
    const { provider, registrations, world } = await provide(3, {});
    const all = provider.instances();
    expect([all.length, provider.instances() === all]).toEqual([3, true]);
    const [first] = all;
    provider.reportDown(first!);
    expect(provider.instances()).toEqual(all.slice(1));
    await registrations[1]!.update({ payload: "other" });
    await world.settle();
    expect(provider.instances()).not.toBe(all);
    expect(provider.instances().find(({ id }) => id === "1")?.payload).toBe("other");
  });

  it("throws when its session is lost: nobody knows any more who is there", async () => {
    const world = new World();
    const { session, channel } = await world.open();
    const discovery = createDiscovery(session, PATH);
    await discovery.register({ name: "web", id: "0" });
    const [provider, view] = [discovery.provider("web"), discovery.view("web")];
    await Promise.all([provider.ready, view.ready]);
    channel.expire();
    await world.settle();
    for (const ask of [() => provider.instance(), () => provider.instances()]) {
      expect(ask).toThrow(expect.objectContaining({ code: "SESSION_EXPIRED" }));
    }
    await provider.close();
    expect(() => provider.instance()).toThrow(provider.signal.reason as Error);
    expect(view.instances).toMatchObject([{ id: "0" }]);
  });

  it("gives what it knew last when it was closed", async () => {
    const { provider, world } = await provide(1, {});
    const aborted = await provide(1, { signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(aborted).toMatchObject({ code: "ABORTED" });
    await provider.close();
    await world.settle();
    expect([provider.signal.aborted, provider.instance()?.id]).toEqual([true, "0"]);
  });

  it("refuses wrong options, and opens nothing", async () => {
    const { session, channel } = await new World().open();
    const discovery = createDiscovery(session, PATH);
    const all = [
      5,
      { strategy: "best" },
      { strategy: "toString" },
      { filter: 5 },
      { down: 5 },
      { down: { errors: 1 } },
    ];
    for (const options of [
      ...all,
      { down: { errorsMax: 0 } },
      { down: { forMs: 0.5 } },
      { signal: 5 },
      { sticky: true },
    ]) {
      expect(() => discovery.provider("web", options as never)).toThrow(
        expect.objectContaining({ code: "BAD_ARGUMENTS" }),
      );
    }
    expect(channel.requestCount).toBe(0);
  });
});
