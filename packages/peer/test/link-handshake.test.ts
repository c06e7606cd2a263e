import { encodeHello, type Hello } from "@coterie/consensus";
import {
  type Connection,
  type ConnectionHandler,
  type ConnectionInfo,
  CoterieError,
  type ErrorCode,
  type PeerId,
  type Transport,
} from "@coterie/interface";
import { expect, it } from "vitest";
import { ManualClock } from "../../interface/test/manual-clock.ts";
import { acceptLink, dialLink, type LinkOptions, LiveLinks } from "../src/index.ts";
import { ALIVE_WITHIN_MS, CONNECTION, HANDSHAKE_TIMEOUT_MS, helloOf, LinkLog, Peers } from "./support.ts";

it("two peers of one cluster believe each other; frames before that reach nobody, those after it both", async () => {
  const peers = new Peers();
  const [logs, log] = [await peers.listen(helloOf(1)), peers.dial(helloOf(2), 1)];
  expect([logs[0]!.heard, log.heard]).toEqual([["up 2 v1"], ["up 1 v1"]]);
  log.link!.connection.send(Uint8Array.of(5));
  logs[0]!.link!.connection.send(Uint8Array.of(6));
  peers.clock.settle();
  expect([logs[0]!.heard, log.heard]).toEqual([
    ["up 2 v1", 5],
    ["up 1 v1", 6],
  ]);
});

it("a blank peer has no cluster yet, and may meet one", async () => {
  const peers = new Peers();
  const [logs, log] = [await peers.listen(helloOf(1)), peers.dial(helloOf(2, { clusterId: null }), 1)];
  expect([logs[0]!.heard, log.heard]).toEqual([["up 2 v1"], ["up 1 v1"]]);
});

it.each<[string, ErrorCode, Partial<Hello>, Partial<LinkOptions>, number]>([
  ["of another cluster", "PEER_CLUSTER_MISMATCH", { clusterId: "other" }, {}, 1],
  ["that calls itself by this one's id", "PEER_ID_DUPLICATE", { peer: 1 as PeerId }, {}, 1],
  ["that looks for another id at this address", "PEER_ID_MISMATCH", {}, {}, 3],
  [
    "that speaks later versions only",
    "PEER_VERSION_UNSUPPORTED",
    {},
    { versions: { versionMin: 2, versionMax: 9 } },
    1,
  ],
])("MB-02: a peer %s is refused, and both ends know why: %s", async (_, code, hello, options, expected) => {
  const peers = new Peers();
  const [logs, log] = [await peers.listen(helloOf(1)), peers.dial({ ...helloOf(2), ...hello }, expected, options)];
  expect([logs[0]!.heard, log.heard]).toEqual([[code], [code]]);
});

it("a refusal that is under way is not cut short when its peer is dialled anew", () => {
  const clock = new ManualClock();
  const calls: string[] = [];
  const handlers: ConnectionHandler[] = [];
  const dial = (_address: string, handler: ConnectionHandler): Connection => {
    const number = handlers.push(handler);
    const note = (what: string) => () => void calls.push(`${what} ${number}`);
    return { send: () => true, close: note("close"), abort: note("abort") } as unknown as Connection;
  };
  const live = new LiveLinks({ clock, aliveWithinMs: ALIVE_WITHIN_MS });
  const base = { live, clock, mustProve: false, handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS };
  const options = { ...base, hello: () => helloOf(1), expected: 2 as PeerId };
  const dialAnew = (): void => {
    dialLink({ dial } as unknown as Transport, "anywhere", CONNECTION, new LinkLog(), options);
    handlers.at(-1)!.opened({ identity: { kind: "none" }, isLocal: true } as ConnectionInfo);
  };
  dialAnew();
  handlers[0]!.received(encodeHello(helloOf(3), 1, 1));
  dialAnew();
  dialAnew();
  expect(calls).toEqual(["close 1", "abort 2"]);
});

/** What an end of peer 1 says to a peer 2 that connects so: its refusal if any, and the verdict's byte. */
function meet(
  info: Partial<ConnectionInfo>,
  options: Partial<LinkOptions> = {},
): { log: LinkLog; verdict: number | undefined; sentCount: number } {
  const clock = new ManualClock();
  const log = new LinkLog();
  const sent: Uint8Array[] = [];
  const connection = {
    send: (frame: Uint8Array) => sent.push(frame) > 0,
    close: () => handler.closed(new CoterieError("CONNECTION_CLOSED")),
    abort: () => handler.closed(new CoterieError("CONNECTION_CLOSED")),
  } as unknown as Connection;
  const handler = acceptLink(connection, log, {
    hello: () => helloOf(1),
    expected: null,
    mustProve: true,
    live: new LiveLinks({ clock, aliveWithinMs: ALIVE_WITHIN_MS }),
    clock,
    handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    ...options,
  });
  handler.opened({ identity: { kind: "none" }, isLocal: false, ...info } as ConnectionInfo);
  handler.received(encodeHello(helloOf(2), 1, 1));
  return { log, verdict: sent.at(-1)?.[0], sentCount: sent.length };
}

it.each<[string, Partial<ConnectionInfo>]>([
  ["is on this machine", { isLocal: true }],
  ["knows the ensemble's secret", { identity: { kind: "secret" } }],
])("a peer is let in that %s", (_, info) => {
  const { log, verdict, sentCount } = meet(info);
  expect([log.heard, verdict, sentCount]).toEqual([[], 0, 2]);
});

it("MB-02: a peer on another machine that has proven nothing is refused, and sent no byte, whoever has dialled", () => {
  const { log, sentCount } = meet({});
  expect([log.heard, sentCount]).toEqual([["IDENTITY_REFUSED"], 0]);
  expect(log.message).toContain("tcp({ secret })");
  const { log: dialling, sent } = dialled((handler) => handler.opened(REMOTE));
  expect([dialling.heard, sent]).toEqual([["IDENTITY_REFUSED"], 0]);
});

it("who hangs up on a peer without a secret before it says anything may have one", () => {
  const hangUp = new CoterieError("CONNECTION_CLOSED", "The other end closed the connection.");
  const { log } = dialled((handler) => {
    handler.opened({ ...REMOTE, isLocal: true });
    handler.closed(hangUp);
  });
  expect(log.heard).toEqual(["CONNECTION_CLOSED"]);
  expect(log.message).toContain("perhaps it has a secret");
});

const REMOTE = { identity: { kind: "none" }, isLocal: false } as ConnectionInfo;

/** What comes of a dial at whose connection `happen` happens, and how many frames it has sent. */
function dialled(happen: (handler: ConnectionHandler) => void): { log: LinkLog; sent: number } {
  const clock = new ManualClock();
  const log = new LinkLog();
  let sent = 0;
  const dial = (_address: string, handler: ConnectionHandler): Connection => {
    const abort = (): void => handler.closed(new CoterieError("CONNECTION_CLOSED"));
    clock.nextTurn(() => happen(handler));
    return { send: () => (sent += 1) > 0, abort } as unknown as Connection;
  };
  const live = new LiveLinks({ clock, aliveWithinMs: ALIVE_WITHIN_MS });
  const base = { live, clock, mustProve: true, handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS };
  dialLink({ dial } as unknown as Transport, "b:1", CONNECTION, log, {
    ...base,
    hello: () => helloOf(1),
    expected: 2 as PeerId,
  });
  clock.settle();
  return { log, sent };
}

const HOSTS: Record<number, string[]> = {
  1: ["peer1.example"],
  2: ["peer2.example", "peer2.zone.example", "10.0.0.2", "[2001:db8::2]"],
};
const hostsOf = (peer: PeerId): string[] => HOSTS[peer] ?? [];

it.each<[string, string[], boolean]>([
  ["a name of the peer", ["other.example", "peer2.example"], true],
  ["a name of the peer, in other letters", ["PEER2.Example."], true],
  ["an address of the peer", ["10.0.0.2"], true],
  ["an address of the peer, written otherwise", ["2001:DB8:0:0::2"], true],
  ["all names of a domain", ["*.zone.example"], true],
  ["another peer", ["peer1.example", "10.0.0.1"], false],
  ["all names of another domain", ["*.peer2.example", "*"], false],
  ["all names of a domain of domains, as when it is dialled", ["*.example"], false],
  ["part of the name", ["eer2.example", "peer2", "p*.zone.example", "*2.zone.example"], false],
  ["a name with another one in it", ["x, DNS:peer2.example", '"x", DNS:peer2.example'], false],
  ["nobody", [], false],
])("a certificate for %s", (_, names, isGood) => {
  const identity = { kind: "certificate", subject: "CN=peer2.example", names } as const;
  for (const isLocal of [false, true]) {
    const { log, verdict } = meet({ identity, isLocal }, { hostsOf });
    expect([log.heard, verdict]).toEqual(isGood ? [[], 0] : [["IDENTITY_REFUSED"], 1]);
  }
});

it("a certificate is refused as long as nobody has said under which hosts a peer is known", () => {
  const identity = { kind: "certificate", subject: "CN=peer2.example", names: ["peer2.example"] } as const;
  expect(meet({ identity }).log.heard).toEqual(["IDENTITY_REFUSED"]);
  const { log } = meet({ identity }, { hostsOf: () => [] });
  expect(log.message).toContain("certificate is for peer2.example, and not for peer 2, of which no host is known");
});

it("a refusal keeps its reason, however long the other end stays: no time limit strikes any more", () => {
  const clock = new ManualClock();
  const log = new LinkLog();
  const calls: string[] = [];
  const connection = {
    send: () => true,
    close: () => calls.push("close"),
    abort: () => calls.push("abort"),
  } as unknown as Connection;
  const live = new LiveLinks({ clock, aliveWithinMs: ALIVE_WITHIN_MS });
  const base = { expected: null, mustProve: false, live, clock, handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS };
  const handler = acceptLink(connection, log, { hello: () => helloOf(1), ...base });
  handler.opened({ identity: { kind: "none" }, isLocal: true } as ConnectionInfo);
  handler.received(encodeHello(helloOf(2, { clusterId: "other" }), 1, 1));
  clock.advance(HANDSHAKE_TIMEOUT_MS * 2);
  // Neither do frames that come behind it.
  handler.received(Uint8Array.of(6));
  handler.closed(new CoterieError("CONNECTION_CLOSED"));
  expect([calls, log.heard]).toEqual([["close"], ["PEER_CLUSTER_MISMATCH"]]);
});

it("an end that says nothing, or half of it, is given up after a while", async () => {
  const peers = new Peers();
  const logs = await peers.listen(helloOf(1));
  const heard: string[] = [];
  const mute = { opened: () => undefined, received: () => undefined, drained: () => undefined };
  const closed = (reason: CoterieError): void => void heard.push(reason.code);
  const connection = peers.network.transport("mute").dial("server:1", { ...mute, closed }, CONNECTION);
  peers.clock.settle();
  connection.send(encodeHello(helloOf(2), 1, 1));
  peers.clock.advance(HANDSHAKE_TIMEOUT_MS);
  expect([logs[0]!.heard, heard]).toEqual([["CONNECTION_CLOSED"], ["CONNECTION_CLOSED"]]);
  expect(logs[0]!.message).toContain("1000 ms");
});

it.each<[string, Uint8Array[]]>([
  ["hello", [Uint8Array.of(1, 2, 3)]],
  ["verdict", [encodeHello(helloOf(2), 1, 1), new Uint8Array(0)]],
])("an end whose %s is none speaks another protocol, and is refused", async (_, frames) => {
  const peers = new Peers();
  const logs = await peers.listen(helloOf(1));
  const received: number[] = [];
  const connection = peers.network.transport("odd").dial(
    "server:1",
    {
      opened: () => undefined,
      received: (frame) => void received.push(frame.at(-1)!),
      drained: () => undefined,
      closed: () => undefined,
    },
    CONNECTION,
  );
  peers.clock.settle();
  for (const frame of frames) connection.send(frame);
  peers.clock.settle();
  expect(logs[0]!.heard).toEqual(["FRAME_CORRUPT"]);
  expect(received.at(-1)).toBe(6);
});

it("a refusal that this version does not know refuses all the same", async () => {
  const peers = new Peers();
  const logs = await peers.listen(helloOf(1));
  const quiet = {
    opened: () => undefined,
    received: () => undefined,
    drained: () => undefined,
    closed: () => undefined,
  };
  const connection = peers.network.transport("newer").dial("server:1", quiet, CONNECTION);
  peers.clock.settle();
  connection.send(encodeHello(helloOf(2), 1, 1));
  connection.send(Uint8Array.of(200));
  peers.clock.settle();
  expect(logs[0]!.heard).toEqual(["IDENTITY_REFUSED"]);
});
