import { encodeHello, type Hello } from "@coterie/consensus";
import {
  type Connection,
  type ConnectionHandler,
  type ConnectionInfo,
  CoterieError,
  type ErrorCode,
  type PeerId,
} from "@coterie/interface";
import { createMemoryNetwork, type MemoryNetwork } from "@coterie/transport-memory";
import { expect, it } from "vitest";
import { ManualClock } from "../../interface/test/manual-clock.ts";
import { acceptLink, dialLink, type LinkHandler, type LinkOptions, LiveLinks, type PeerLink } from "../src/index.ts";

const CONNECTION = { frameSizeMaxBytes: 1_000_000, sendQueueTargetBytes: 1_000_000 };
const HANDSHAKE_TIMEOUT_MS = 1000;
const ALIVE_WITHIN_MS = 500;

/** What one end's user hears: the other peer when the link is up, first bytes of frames, and the code in the end. */
class LinkLog implements LinkHandler {
  readonly heard: (string | number)[] = [];
  link: PeerLink | null = null;
  message = "";

  up(link: PeerLink): void {
    this.link = link;
    this.heard.push(`up ${link.hello.peer} v${link.version}`);
  }

  received(frame: Uint8Array): void {
    this.heard.push(frame[0]!);
  }

  drained(): void {
    this.heard.push("drained");
  }

  down(reason: CoterieError): void {
    this.message = reason.message;
    this.heard.push(reason.code);
  }
}

function helloOf(peer: number, hello: Partial<Hello> = {}): Hello {
  return { peer: peer as PeerId, clusterId: "cluster", incarnation: peer * 100, voterSetDigest: 7, ...hello };
}

/** Peers as hosts of one network, each with its own links that live. */
class Peers {
  readonly clock = new ManualClock();
  readonly network: MemoryNetwork = createMemoryNetwork({ clock: this.clock });
  private readonly live = new Map<number, LiveLinks>();

  private optionsOf(own: Hello, expected: number | null, options: Partial<LinkOptions>): LinkOptions {
    let live = this.live.get(own.peer);
    if (live === undefined) this.live.set(own.peer, (live = this.createLive()));
    const base = { live, clock: this.clock, mustProve: false, handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS };
    return { ...base, hello: () => own, expected: expected as PeerId | null, ...options };
  }

  private createLive(): LiveLinks {
    return new LiveLinks({ clock: this.clock, aliveWithinMs: ALIVE_WITHIN_MS });
  }

  /** Peer 1 listens; each connection has its log. */
  async listen(own: Hello, options: Partial<LinkOptions> = {}): Promise<LinkLog[]> {
    const logs: LinkLog[] = [];
    const accept = (connection: Connection): ConnectionHandler => {
      const log = new LinkLog();
      logs.push(log);
      return acceptLink(connection, log, this.optionsOf(own, null, options));
    };
    await this.network.transport("server").listen("server:1", { accept, refused: () => undefined }, CONNECTION);
    return logs;
  }

  dial(own: Hello, expected: number, options: Partial<LinkOptions> = {}, host = `host${own.peer}`): LinkLog {
    const log = new LinkLog();
    const transport = this.network.transport(host);
    dialLink(transport, "server:1", CONNECTION, log, this.optionsOf(own, expected, options));
    this.clock.settle();
    return log;
  }
}

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

it("a peer that has proven nothing is refused where that is asked; on this machine it need not", async () => {
  const info = { identity: { kind: "none" }, isLocal: false } as ConnectionInfo;
  for (const [changed, heard] of [
    [info, ["IDENTITY_REFUSED"]],
    [{ ...info, isLocal: true }, []],
    [{ ...info, identity: { kind: "secret" } as const }, []],
  ] as const) {
    const clock = new ManualClock();
    const log = new LinkLog();
    const sent: Uint8Array[] = [];
    const connection = {
      send: (frame: Uint8Array) => sent.push(frame) > 0,
      close: () => handler.closed(new CoterieError("CONNECTION_CLOSED")),
    } as unknown as Connection;
    const handler = acceptLink(connection, log, {
      hello: () => helloOf(1),
      expected: null,
      mustProve: true,
      live: new LiveLinks({ clock, aliveWithinMs: ALIVE_WITHIN_MS }),
      clock,
      handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
    });
    handler.opened(changed);
    handler.received(encodeHello(helloOf(2), 1, 1));
    expect(log.heard).toEqual(heard);
    // The hello and the verdict: 0 accepts, 1 says that nothing was proven.
    expect(sent.at(-1)).toEqual(Uint8Array.of(heard.length));
  }
});

it("MB-03: a second living peer with one id is refused as long as the first one's link brings frames", async () => {
  const peers = new Peers();
  const logs = await peers.listen(helloOf(1));
  const first = peers.dial(helloOf(2), 1);
  const second = peers.dial(helloOf(2, { incarnation: 999 }), 1, {}, "elsewhere");
  expect(second.heard).toEqual([]);
  first.link!.connection.send(Uint8Array.of(5));
  peers.clock.settle();
  expect(second.heard).toEqual(["PEER_ID_DUPLICATE"]);
  expect([logs[0]!.heard, logs[1]!.heard]).toEqual([["up 2 v1", 5], ["PEER_ID_DUPLICATE"]]);
});

it("a peer that has come back to life takes the place of its old link, which is silent", async () => {
  const peers = new Peers();
  const logs = await peers.listen(helloOf(1));
  peers.dial(helloOf(2), 1);
  peers.network.silence("host2", "server");
  const again = peers.dial(helloOf(2, { incarnation: 999 }), 1, {}, "elsewhere");
  peers.clock.advance(ALIVE_WITHIN_MS);
  expect(again.heard).toEqual(["up 1 v1"]);
  expect([logs[0]!.heard, logs[1]!.heard]).toEqual([["up 2 v1", "CONNECTION_CLOSED"], ["up 2 v1"]]);
});

it("TR-05: the same life of a peer may dial anew: the newest link counts, at once", async () => {
  const peers = new Peers();
  const logs = await peers.listen(helloOf(1));
  const first = peers.dial(helloOf(2), 1);
  const second = peers.dial(helloOf(2), 1, {}, "elsewhere");
  expect(second.heard).toEqual(["up 1 v1"]);
  expect([first.heard, logs[0]!.heard]).toEqual([
    ["up 1 v1", "CONNECTION_CLOSED"],
    ["up 2 v1", "CONNECTION_CLOSED"],
  ]);
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
