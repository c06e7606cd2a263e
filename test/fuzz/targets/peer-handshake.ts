import { deepStrictEqual, ok } from "node:assert";
import { decodeHello, type Hello } from "../../../packages/consensus/src/index.ts";
import {
  type Clock,
  type Connection,
  CoterieError,
  type PeerId,
  type ConnectionHandler,
  type RemoteIdentity,
  type Transport,
} from "../../../packages/interface/src/index.ts";
import {
  acceptLink,
  dialLink,
  type LinkHandler,
  type LinkOptions,
} from "../../../packages/peer/src/link/link-handshake.ts";
import { LiveLinks } from "../../../packages/peer/src/link/live-links.ts";
import { accepted, type Outcome, refused } from "../outcome.ts";

/** Who is dialled. */
const EXPECTED = 2 as PeerId;
const OWN: Hello = { peer: 1 as PeerId, clusterId: "cluster", incarnation: 7, voterSetDigest: 9 };
const IDENTITIES: readonly RemoteIdentity[] = [
  { kind: "none" },
  { kind: "secret" },
  { kind: "certificate", subject: "CN=peer", names: ["peer.example"] },
  { kind: "certificate", subject: "CN=other", names: [] },
];
const FRAMES_MAX = 8;

/**
 * Whatever the other end of a link says, and whoever it has proved to be: the first byte says who, and who has dialled, then frames
 * behind a length in one byte. The link comes up only behind a good hello and an acceptance, and nothing is thrown.
 */
export function fuzz(input: Uint8Array): Outcome {
  const flags = input[0] ?? 0;
  const identity = IDENTITIES[flags & 3]!;
  const isLocal = (flags & 4) !== 0;
  const isDialled = (flags & 8) !== 0;
  const frames = framesOf(new Uint8Array(input.subarray(1)));
  const clock = stillClock();
  const sent: Uint8Array[] = [];
  const told: string[] = [];
  let isOpen = true;
  const connection: Connection = {
    sendQueueBytes: 0,
    send: (frame) => sent.push(frame) > 0,
    pause: () => undefined,
    resume: () => undefined,
    close: () => void (isOpen = false),
    abort: () => void (isOpen = false),
  };
  const handler: LinkHandler = {
    up: ({ hello }) => {
      ok(hello.peer !== OWN.peer && (hello.clusterId === null || hello.clusterId === OWN.clusterId));
      ok(identity.kind !== "none" || isLocal, "who has proved nothing came up from elsewhere");
      ok(identity.kind !== "certificate" || identity.names.length > 0, "a certificate for nobody came up");
      deepStrictEqual(frames[1], Uint8Array.of(0));
      if (isDialled) deepStrictEqual(hello.peer, EXPECTED);
      told.push("up");
    },
    received: () => void told.push("received"),
    drained: () => undefined,
    down: (error) => {
      reason = error;
      told.push("down");
    },
  };
  let reason = new CoterieError("CONNECTION_CLOSED");
  const options: LinkOptions = {
    hello: () => OWN,
    expected: isDialled ? EXPECTED : null,
    mustProve: true,
    hostsOf: () => ["peer.example"],
    live: new LiveLinks({ clock, aliveWithinMs: 10 }),
    clock,
    handshakeTimeoutMs: 100,
  };
  const link = isDialled ? dialled(connection, handler, options) : acceptLink(connection, handler, options);
  link.opened({ localAddress: "", remoteAddress: "", remoteIp: null, identity, isLocal, fourLetterWord: null });
  for (const frame of frames) if (isOpen) link.received(frame);
  link.closed(new CoterieError("CONNECTION_CLOSED"));
  // Who has accepted says so as well if what it is answered then is no verdict.
  ok(sent.length <= 3, "an end sends a hello, a verdict, and perhaps another one");
  ok(!told.includes("up") || sent.length === 2, "an end that has come up has sent a hello and a verdict");
  if (sent.length > 0) deepStrictEqual(decodeHello(sent[0]!).hello, OWN);
  else ok(identity.kind === "none" && !isLocal, "nothing is sent to who has proved nothing, and to nobody else");
  deepStrictEqual(told.at(-1), "down");
  deepStrictEqual(told.indexOf("up"), told.lastIndexOf("up"));
  if (told.length > 1) deepStrictEqual(told[0], "up");
  const way = isDialled ? "dialled" : "come in";
  if (told[0] === "up") return accepted(`up, ${way}, ${identity.kind}, ${Math.min(told.length - 2, 2)} frames behind`);
  return refused(`${way}: ${reason.code}: ${reason.message}`);
}

/** What hears of a link that this end dials. */
function dialled(connection: Connection, handler: LinkHandler, options: LinkOptions): ConnectionHandler {
  let link: ConnectionHandler | null = null;
  const transport = {
    dial: (_address: string, heard: ConnectionHandler) => {
      link = heard;
      return connection;
    },
  } as unknown as Transport;
  dialLink(transport, "peer:1", { frameSizeMaxBytes: 2 ** 20, sendQueueTargetBytes: 2 ** 20 }, handler, options);
  return link!;
}

function framesOf(stream: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < stream.length && frames.length < FRAMES_MAX;) {
    const length = stream[at]!;
    frames.push(stream.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return frames;
}

/** No time passes. */
function stillClock(): Clock {
  return {
    nowMs: () => 0,
    wallTimeMs: () => 0,
    nextTurn: () => undefined,
    setTimer: () => ({ cancel: () => undefined }),
  } as unknown as Clock;
}
