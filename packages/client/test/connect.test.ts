import { createSeededRandom } from "@coterie/interface";
import { createMemoryNetwork } from "@coterie/transport-memory";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../interface/test/manual-clock.ts";
import { connect, type ConnectOptions } from "../src/index.ts";
import { FakeServer } from "./support/fake-server.ts";

/** The network of a clock, one server at "a", and how to connect there. */
function place(given: Partial<ConnectOptions> = {}) {
  const clock = new ManualClock();
  const network = createMemoryNetwork({ clock });
  const server = new FakeServer();
  void server.listen(network.transport("a"), "a:2181");
  clock.settle();
  const transport = network.transport("client");
  const options: ConnectOptions = { transport, clock, random: createSeededRandom(1), ...given };
  return { clock, server, options };
}

describe("connect", () => {
  it("resolves with a session that is connected, below the chroot", async () => {
    const { clock, server, options } = place();
    const promise = connect("a:2181/app", options);
    clock.settle();
    const session = await promise;
    expect(session).toMatchObject({ state: "connected", id: "0x100000000000007", timeoutMs: 9_000 });
    void session.exists("/x").catch(() => undefined);
    clock.settle();
    expect(server.last.requests.map(({ body }) => body)).toEqual([{ kind: "exists", path: "/app/x", watch: false }]);
    const closed = session.close();
    clock.settle();
    await closed;
    expect(session.state).toBe("closed");
  });

  it("takes addresses in another form than a connection string's", async () => {
    const { clock, options } = place();
    const promise = connect({ addresses: ["a:2181"] }, options);
    clock.settle();
    expect((await promise).state).toBe("connected");
  });

  it("names each server and its trouble when the deadline has passed", async () => {
    const { clock, server, options } = place({ deadlineMs: 7_000 });
    server.greet = () => null;
    const promise = connect("a,b:1", options);
    const failure = promise.catch((error: unknown) => error);
    clock.settle();
    clock.advance(7_000);
    const error = await failure;
    expect(error).toMatchObject({ code: "UNREACHABLE", retryable: true, outcome: "not-applied" });
    expect((error as Error).message).toMatch(/within 7000 ms/);
    expect((error as Error).message).toMatch(/a:2181: It did not answer in time/);
    expect((error as Error).message).toMatch(/b:1: /);
    // Nothing goes on behind it.
    clock.advance(10_000);
    const tried = server.connections.length;
    clock.advance(100_000);
    expect(server.connections.length).toBe(tried);
    expect(server.last.isClosed).toBe(true);
  });

  it("holds the process as long as it is waited for, with no server to be reached", async () => {
    const held = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = held();
    const abort = new AbortController();
    const transport = createMemoryNetwork().transport("client");
    const failure = connect("nobody,none", { transport, signal: abort.signal }).catch((error: unknown) => error);
    expect(held()).toBe(before + 1);
    abort.abort(new Error("enough"));
    expect(await failure).toMatchObject({ code: "ABORTED" });
    expect(held()).toBe(before);
  });

  it("leaves it to whoever gives a clock, whether the process is held", async () => {
    const { clock, options } = place({ deadlineMs: 7_000 });
    const before = process.getActiveResourcesInfo().length;
    const failure = connect("nobody,none", options).catch((error: unknown) => error);
    expect(process.getActiveResourcesInfo().length).toBe(before);
    clock.settle();
    clock.advance(7_000);
    expect(await failure).toMatchObject({ code: "UNREACHABLE" });
  });

  it("is given up by its signal, before and meanwhile", async () => {
    const reason = new Error("enough");
    const before = place({ signal: AbortSignal.abort(reason) });
    await expect(connect("a", before.options)).rejects.toMatchObject({ code: "ABORTED", cause: reason });
    expect(before.server.connections).toEqual([]);
    const abort = new AbortController();
    const { clock, server, options } = place({ signal: abort.signal });
    server.greet = () => null;
    const failure = connect("a", options).catch((error: unknown) => error);
    clock.settle();
    abort.abort(reason);
    expect(await failure).toMatchObject({ code: "ABORTED", cause: reason });
    clock.advance(10_000);
    expect(server.last.isClosed).toBe(true);
  });

  it("lets go of its signal when it is connected", async () => {
    const abort = new AbortController();
    const { clock, options } = place({ signal: abort.signal });
    const promise = connect("a", options);
    clock.settle();
    const session = await promise;
    abort.abort();
    clock.advance(20_000);
    expect(session.state).toBe("connected");
  });

  it.each([
    ["a//b", {}],
    [{ addresses: [] }, {}],
    [{ addresses: ["a:1"], chroot: "app" }, {}],
    ["a", { deadlineMs: 0 }],
    ["a", { sessionTimeoutMs: -1 }],
    ["a", { transport: undefined }],
    ["a", { nope: 1 }],
  ])("%j with %j is refused", async (target, given) => {
    const { options } = place(given as Partial<ConnectOptions>);
    await expect(connect(target, options)).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });
});
