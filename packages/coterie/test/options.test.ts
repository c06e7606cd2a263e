import { createMemoryNetwork } from "@coterie/transport-memory";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { classicLevel, connect, connectPeer, createPeer, memory, tcp } from "../src/index.ts";

/** As from where types are not checked. */
// oxlint-disable-next-line typescript/no-explicit-any -- what it is about
type Anything = any;

const LOCAL = { 1: "127.0.0.1:1", 2: "127.0.0.1:2", 3: "127.0.0.1:3" };

function refused(message: RegExp): object {
  return expect.objectContaining({ code: "BAD_ARGUMENTS", message: expect.stringMatching(message) }) as object;
}

describe("createPeer", () => {
  it.each<[Anything, RegExp]>([
    [undefined, /the options of createPeer are undefined/],
    [null, /the options of createPeer are null/],
    [{ zookeeper: 2181 }, /the options of zookeeper are 2181.*any of port/],
    [{ zookeeper: true }, /the options of zookeeper are true/],
    [{ zookeeper: null }, /the options of zookeeper are null/],
    [{ zookeeper: {} }, /zookeeper\.port is undefined/],
    [{ zookeeper: { port: "2181" } }, /zookeeper\.port is "2181"/],
    [{ zookeeper: { port: 0, host: 5 } }, /host of zookeeper is 5/],
    [{ zookeeper: { port: 0, fourLetterWords: "ruok" } }, /fourLetterWords is "ruok"/],
    [{ zookeeper: { prot: 0 } }, /"prot" is no option of zookeeper/],
    [{ storage: classicLevel }, /storage is a function.*call it/],
    [{ transport: tcp }, /transport is a function.*call it/],
    [{ zookeper: { port: 1 } }, /"zookeper" is no option/],
    [{ ensemble: { ...LOCAL, 2: "host" } }, /the address of peer 2: "host" is not host:port/],
    [{ ensemble: { ...LOCAL, 2: "127.0.0.1:0" } }, /the address of peer 2/],
    [{ listen: "0.0.0.0" }, /listen: "0\.0\.0\.0" is not host:port/],
  ])("refuses %o, and says what it is", (options, message) => {
    const given = options === undefined || options === null ? options : { ...goodOptions(), ...options };
    expect(() => createPeer(given)).toThrow(refused(message));
  });

  it("leaves addresses of other transports to them", () => {
    const network = createMemoryNetwork();
    const options = { ...goodOptions(), ensemble: { 1: "a", 2: "b", 3: "c" }, transport: network.transport("a") };
    expect(createPeer(options).id).toBe(1);
  });
});

describe("connect", () => {
  it.each<[string, Anything, Anything, RegExp]>([
    ["no target", undefined, {}, /connection string is text.*not undefined/],
    ["a number as target", 5, {}, /connection string is text.*not 5/],
    ["a number as options", "127.0.0.1:1", 5, /the options of connect are 5/],
    ["null as options", "127.0.0.1:1", null, /the options of connect are null/],
    ["a name of no option", "127.0.0.1:1", { nope: 1 }, /"nope" is no option of connect; there are tls/],
    ["a timeout in quotes", "127.0.0.1:1", { sessionTimeoutMs: "9" }, /sessionTimeoutMs .*not "9"/],
    ["a signal that is none", "127.0.0.1:1", { signal: {} }, /signal is a value of type object/],
    ["text as readOnly", "127.0.0.1:1", { readOnly: "no" }, /readOnly of connect is "no"/],
    ["TLS without a certificate", "127.0.0.1:1", { tls: {} }, /certificate/],
  ])("refuses %s", async (_, target, options, message) => {
    await expect(connect(target, options)).rejects.toThrow(refused(message));
  });
});

it("a session of a hosted peer refuses options of no known name", async () => {
  const { port1, port2 } = new MessageChannel();
  const peer = connectPeer(port1);
  await expect(peer.openSession({ nope: 1 } as Anything)).rejects.toThrow(
    refused(/"nope" is no option of openSession/),
  );
  await expect(peer.openSession(null as Anything)).rejects.toThrow(refused(/the options of openSession are null/));
  peer.leave();
  port1.close();
  port2.close();
});

it.each<[string, () => unknown, RegExp]>([
  [
    "a secret without its name",
    () => tcp("a secret of some length" as Anything),
    /^tcp takes a secret as tcp\(\{ secret \}\)$/,
  ],
  ["credentials that are null", () => tcp({ tls: null } as Anything), /certificate cannot be read/],
  ["credentials in text", () => tcp({ tls: "a key" } as Anything), /certificate cannot be read \(\w+\)/],
  ["null", () => tcp(null as Anything), /the options of tcp are null/],
  ["a misspelt secret", () => tcp({ secert: "a secret of some length" } as Anything), /"secert" is no option of tcp/],
  ["a secret that is null", () => tcp({ secret: null } as Anything), /secret is missing/],
  ["no location", () => classicLevel(undefined as Anything), /location is of type undefined/],
  ["an empty location", () => classicLevel(""), /location is empty/],
  ["a location in an object", () => classicLevel({ location: "x" } as Anything), /location is of type object/],
])("a part refuses %s", (_, make, message) => {
  expect(make).toThrow(refused(message));
});

function goodOptions(): { id: number; ensemble: Record<number, string>; storage: Anything; transport: Anything } {
  return { id: 1, ensemble: LOCAL, storage: memory(), transport: tcp() };
}
