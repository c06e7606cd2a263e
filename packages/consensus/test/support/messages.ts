import type { Epoch, LogEntry, LogFault, LogPosition, PeerId } from "@coterie/interface";
import { encodeEnsembleConfig, type Message, type Notification, type Voter } from "../../src/index.ts";
import { zxid } from "./format-message.ts";
import { CLUSTER_ID, epochEndsOf, positionOf, START } from "./history.ts";
import { credential, vote } from "./lone-peer.ts";

/** Messages of others, made of as few words as a test needs. */

export function leads(
  peer: number,
  epoch: number,
  options: { readonly at?: string; readonly isEstablished?: boolean } = {},
): Notification {
  return vote({
    for: peer,
    at: options.at ?? `${epoch}/0.1`,
    state: "leading",
    epoch: epoch as Epoch,
    isEstablished: options.isEstablished ?? true,
  });
}

export function follows(leader: number, epoch: number, at = `${epoch}/0.1`): Notification {
  return vote({ for: leader, at, state: "following", epoch: epoch as Epoch });
}

export function followerInfo(accepted: number, at: string, standing: "sound" | "amnesiac" = "sound"): Message {
  return { kind: "follower-info", acceptedEpoch: accepted as Epoch, credential: credential(at), standing, round: 1 };
}

export function newEpoch(epoch: number): Message {
  return { kind: "new-epoch", epoch: epoch as Epoch };
}

/** Of a learner whose log is `entries`. */
export function ackEpoch(
  epoch: number,
  current: number,
  entries: readonly LogEntry[],
  options: {
    readonly isPromise?: boolean;
    readonly base?: LogPosition;
    readonly committed?: string;
    readonly faults?: readonly LogFault[];
  } = {},
): Message {
  return {
    kind: "ack-epoch",
    epoch: epoch as Epoch,
    isPromise: options.isPromise ?? true,
    currentEpoch: current as Epoch,
    last: positionOf(entries.at(-1) ?? START),
    base: options.base ?? START,
    committed: options.committed === undefined ? (options.base ?? START).zxid : zxid(options.committed),
    epochEnds: epochEndsOf(entries).map(positionOf),
    faults: options.faults ?? [],
  };
}

export function sync(epoch: number, after: LogPosition, voters: readonly Voter[]): Message {
  return {
    kind: "sync",
    epoch: epoch as Epoch,
    clusterId: CLUSTER_ID,
    config: encodeEnsembleConfig({ clusterId: CLUSTER_ID, voters }),
    mode: "diff",
    after: positionOf(after),
    mark: null,
  };
}

/** Of a checkpoint with this many pages; it replaces the log, or the part of the log up to it. */
export function syncCheckpoint(
  epoch: number,
  after: LogPosition,
  voters: readonly Voter[],
  pageCount: number,
  kind: "incoming" | "covering" = "incoming",
): Message {
  const mark = { kind, ...positionOf(after), digest: "digest", pageCount };
  return { ...(sync(epoch, after, voters) as Extract<Message, { kind: "sync" }>), mode: "checkpoint", mark };
}

export function propose(epoch: number, after: LogPosition, entries: readonly LogEntry[], committed = "0.1"): Message {
  return { kind: "propose", epoch: epoch as Epoch, after: positionOf(after), entries, committed: zxid(committed) };
}

export function newLeader(epoch: number, last: string): Message {
  return { kind: "new-leader", epoch: epoch as Epoch, last: zxid(last) };
}

export function ackNewLeader(epoch: number, last: string): Message {
  return { kind: "ack-new-leader", epoch: epoch as Epoch, last: zxid(last) };
}

export function upToDate(epoch: number, committed: string): Message {
  return { kind: "up-to-date", epoch: epoch as Epoch, committed: zxid(committed) };
}

export function ack(epoch: number, at: string): Message {
  return { kind: "ack", epoch: epoch as Epoch, zxid: zxid(at) };
}

export function commit(epoch: number, at: string): Message {
  return { kind: "commit", epoch: epoch as Epoch, zxid: zxid(at) };
}

export function ping(epoch: number, round: number, committed = "0.1"): Message {
  return { kind: "ping", epoch: epoch as Epoch, round, committed: zxid(committed), marks: [] };
}

export function pong(epoch: number, round: number): Message {
  return { kind: "pong", epoch: epoch as Epoch, round, touches: [] };
}

export function requests(epoch: number, ...texts: readonly string[]): Message {
  return { kind: "requests", epoch: epoch as Epoch, payloads: texts.map((text) => new TextEncoder().encode(text)) };
}

export function ackMark(peer: number, incarnation: number, at: string) {
  return { peer: peer as PeerId, incarnation, zxid: zxid(at) };
}
