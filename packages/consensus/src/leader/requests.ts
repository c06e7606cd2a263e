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

function countersLeft({ history, options }: Context, role: Leading): number {
  const counter = history.last.zxid > role.initialZxid ? counterOf(history.last.zxid) : 0;
  return options.limits.counterMax - counter;
}

/** Requests of sessions go to the shell in the order in which they came, as there is room for their txns. */
export function takeRequests(context: Context, role: Leading, from: PeerId, payloads: readonly Uint8Array[]): void {
  if (role.requests.length === 0 && proposalRoom(context, role) >= payloads.length) {
    context.effects.push({ kind: "requests", from, payloads });
    return;
  }
  const { limits } = context.options;
  for (const payload of payloads) {
    const isFull =
      role.requests.length >= limits.requestsQueuedMax ||
      role.requestsSizeBytes + payload.length > limits.requestsQueuedMaxBytes;
    if (isFull) {
      refuse(context, role, from, payload);
      continue;
    }
    role.requests.push({ from, payload });
    role.requestsSizeBytes += payload.length;
  }
  releaseRequests(context, role);
}

function refuse(context: Context, role: Leading, from: PeerId, payload: Uint8Array): void {
  if (from === context.self) {
    context.effects.push({ kind: "requests-refused", payloads: [payload] });
    return;
  }
  const learner = role.learners.get(from);
  if (learner !== undefined)
    context.send(learner.link, { kind: "requests-refused", epoch: role.epoch, payloads: [payload] });
}

export function releaseRequests(context: Context, role: Leading): void {
  let room = Math.min(proposalRoom(context, role), role.requests.length);
  while (room > 0) {
    const from = role.requests[0]?.from ?? context.self;
    let count = 0;
    while (count < room && role.requests[count]?.from === from) count += 1;
    const payloads = role.requests.splice(0, count).map((request) => request.payload);
    for (const payload of payloads) role.requestsSizeBytes -= payload.length;
    context.effects.push({ kind: "requests", from, payloads });
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
