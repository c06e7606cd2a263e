import { counterOf, type PeerId, type Zxid } from "@coterie/interface";
import type { Context } from "../context.ts";
import type { Leading } from "./leading.ts";

/** Whether this leader has applied its whole history and may prepare txns (design, decision 3). */
export function isServing({ history }: Context, role: Leading): boolean {
  return role.phase === "broadcast" && history.applied >= role.initialZxid;
}

/** How many txns may be proposed now. */
export function proposalRoom(context: Context, role: Leading): number {
  const { limits } = context.options;
  if (!isServing(context, role) || role.handOver !== null) return 0;
  if (role.proposalsSizeBytes >= limits.proposalsInFlightMaxBytes) return 0;
  return Math.max(0, Math.min(limits.proposalsInFlightMax - role.proposals.length, countersLeft(context, role)));
}

/** What is left of that for requests: others of this turn have been handed out and not been proposed yet. */
function requestRoom(context: Context, role: Leading): number {
  const { proposalsInFlightMaxBytes } = context.options.limits;
  if (role.proposalsSizeBytes + role.handedOutSizeBytes >= proposalsInFlightMaxBytes) return 0;
  return Math.max(0, proposalRoom(context, role) - role.handedOut);
}

function handOut(context: Context, role: Leading, from: PeerId, payloads: readonly Uint8Array[]): void {
  role.handedOut += payloads.length;
  for (const payload of payloads) role.handedOutSizeBytes += payload.length;
  context.effects.push({ kind: "requests", from, payloads });
}

/** At the end of a turn: a request that has led to no txn by now leaves its room to the next. */
export function reclaimRoom(context: Context, role: Leading): void {
  role.handedOut = 0;
  role.handedOutSizeBytes = 0;
  releaseRequests(context, role);
}

/** This peer has applied its proposals up to here. Room is made no earlier: what waits for a slow disk is in memory. */
export function settleProposals(context: Context, role: Leading): void {
  const { applied } = context.history;
  let settled = 0;
  for (const proposal of role.proposals) {
    if (proposal.zxid > applied) break;
    role.proposalsSizeBytes -= proposal.sizeBytes;
    settled += 1;
  }
  role.proposals.splice(0, settled);
  releaseRequests(context, role);
}

function countersLeft({ history, options }: Context, role: Leading): number {
  const counter = history.last.zxid > role.initialZxid ? counterOf(history.last.zxid) : 0;
  return options.limits.counterMax - counter;
}

/** Requests of sessions go to the shell in the order in which they came, as there is room for their txns. */
export function takeRequests(context: Context, role: Leading, from: PeerId, payloads: readonly Uint8Array[]): void {
  const { requestsQueuedMax, requestsQueuedMaxBytes } = context.options.limits;
  const room = role.requests.length === 0 ? Math.min(payloads.length, requestRoom(context, role)) : 0;
  if (room > 0) handOut(context, role, from, payloads.slice(0, room));
  for (let index = room; index < payloads.length; index++) {
    const payload = payloads[index]!;
    const sizeBytes = role.requestsSizeBytes + payload.length;
    if (role.requests.length >= requestsQueuedMax || sizeBytes > requestsQueuedMaxBytes) {
      // And all behind it: of one session none overtakes another.
      refuse(context, role, from, payloads.slice(index));
      break;
    }
    role.requests.push({ from, payload });
    role.requestsSizeBytes = sizeBytes;
  }
  releaseRequests(context, role);
}

function refuse(context: Context, role: Leading, from: PeerId, payloads: readonly Uint8Array[]): void {
  if (from === context.self) {
    context.effects.push({ kind: "requests-refused", payloads });
    return;
  }
  const learner = role.learners.get(from);
  if (learner !== undefined) context.send(learner.link, { kind: "requests-refused", epoch: role.epoch, payloads });
}

export function releaseRequests(context: Context, role: Leading): void {
  let room = Math.min(requestRoom(context, role), role.requests.length);
  while (room > 0) {
    const from = role.requests[0]?.from ?? context.self;
    let count = 0;
    while (count < room && role.requests[count]?.from === from) count += 1;
    const payloads = role.requests.splice(0, count).map((request) => request.payload);
    for (const payload of payloads) role.requestsSizeBytes -= payload.length;
    handOut(context, role, from, payloads);
    room -= count;
  }
}

/** The epoch's last counter is used: there is another epoch after this one (zab.md 8, ZOOKEEPER-1277). */
export function maybeEndEpoch(context: Context, role: Leading): void {
  if (!isServing(context, role) || countersLeft(context, role) > 0 || role.proposals.length > 0) return;
  context.report("COUNTER_EXHAUSTED", `epoch ${role.epoch} has no zxids left`);
  context.lookAgain();
}

/** The zxid after the last one: the epoch's first counter is 1. */
export function zxidAfter({ history }: Context, role: Leading): Zxid {
  const isFirst = history.last.zxid <= role.epoch * 2 ** 32;
  return (isFirst ? role.epoch * 2 ** 32 + 1 : history.last.zxid + 1) as Zxid;
}
