import { formatZxid } from "@coterie/interface";
import { wipeUnusable } from "../faults/disk-faults.ts";
import type { SimPeer } from "../peer/sim-peer.ts";
import { hearingMaxUs, noticingMaxUs } from "../world/calm.ts";
import type { World } from "../world/world.ts";
import { leftBehind } from "./left-behind.ts";

/** How often each timeout may pass before the ensemble must have healed. */
const ROUNDS = 12;
const CHECK_EVERY_STEPS = 32;
/** Worlds in which sessions are listened to for a timeout more, which takes its steps. */
const LISTENING_SHARE = 0.3;
/** More would be a storm: a healthy ensemble of this size needs a hundredth of it. */
const STEPS_MAX = 300_000;

/** No progress where there must be some. */
export class NotLive extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NotLive";
  }
}

/**
 * Faults are off for a quorum of voters, drawn among those that can be believed; the others may be there or not. These
 * must elect, serve every client a write, end the sessions that nobody holds, apply the same and have nothing left to do,
 * in bounded time.
 */
export function runLiveness(world: World): void {
  const chosen = choose(world);
  world.network.isCalm = true;
  for (const peer of world.peers) {
    peer.clockRate = 1;
    peer.disk.slowness = 1;
    if (chosen.includes(peer)) {
      wipeUnusable({ world }, peer);
      peer.startIn(1);
      continue;
    }
    peer.isHeldDown = true;
    peer.crash(world.dice.chance(0.5));
  }
  world.served = chosen;
  world.paceUs = catchUpPaceUs(world);
  const names = chosen.map(({ id }) => id).join(",");
  if (world.trace.isReadable) world.trace.line(world.nowUs, `LIVENESS with ${names}`);
  demand(world, `peers ${names} do not elect`, () => chosen.some((peer) => isServingLeader(peer)));
  demand(world, `peers ${names} do not all serve`, () => chosen.every((peer) => peer.run?.isServing === true));
  for (const client of world.clients) client.isFinishing = true;
  demand(world, "not every client has got its last write through", () =>
    world.clients.every((client) => client.isFinished || client.isGone),
  );
  demandExpiry(world, chosen);
  demand(world, `peers ${names} do not converge`, () => isConverged(chosen) && isDrained(world, chosen));
  if (world.dice.chance(LISTENING_SHARE)) listen(world);
}

/** Long enough for a session to expire that is not heard although its client pings (invariant pinged-sessions-live). */
function listen(world: World): void {
  const { options, calm } = world;
  const calmUs = sessionUs(world) + 2 * options.timing.tickMs * 1000 + noticingMaxUs(options) + hearingMaxUs(options);
  const lastUs = world.nowUs + livenessBoundUs(world);
  const isOver = (): boolean => calm.lastsUs(world.nowUs) > calmUs || world.nowUs > lastUs;
  for (let step = 0; step < STEPS_MAX && !isOver(); step++) if (!world.runStep()) return;
  if (calm.lastsUs(world.nowUs) > calmUs) world.probe("sessions listened to for a timeout without faults");
}

/**
 * How slowly clients go on, so that a learner catches up with them. With the tiniest limits it gets one entry, which is
 * read, sent, stored and acknowledged, before it gets the next; all clients together must write less than that. No
 * bound on time could be met where they write as fast as a learner can take.
 */
function catchUpPaceUs(world: World): number {
  const { network, disk, peer, timing, clients } = world.options;
  const entryUs = disk.readMaxUs + disk.syncMaxUs + 2 * network.delayMaxUs + 4 * peer.turnMaxUs;
  return Math.max(timing.tickMs * 1000, 2 * clients * entryUs);
}

/** Virtual time that every demand may take. */
export function livenessBoundUs(world: World): number {
  return ROUNDS * (roundUs(world) + sessionUs(world));
}

/** Every timeout and every delay once, but for those of sessions. */
function roundUs(world: World): number {
  const { timing, network, disk, peer, workload } = world.options;
  const { electionMaxTicks, initTicks, syncTicks, finalizeTicks, tickMs } = timing;
  const timeoutsUs = (electionMaxTicks + initTicks + syncTicks + finalizeTicks) * tickMs * 1000;
  return timeoutsUs + workload.thinkMaxUs + network.delayMaxUs * 16 + disk.syncMaxUs * 8 + peer.startMaxUs;
}

function sessionUs({ options: { workload, timing } }: World): number {
  return workload.sessionTimeoutTicks * timing.tickMs * 1000;
}

/**
 * Sessions that nobody holds, and their ephemerals, are gone one timeout from now, two ticks for rounding, and one round of
 * everything else, in which their end is committed and applied by whoever is first; and as late as the leader has given its
 * sessions time for stalls, also those that it heard of in the turn after one. A new leader grants the whole timeout again. That the others follow, however late their disks are, is demanded of all that is committed.
 */
function demandExpiry(world: World, chosen: readonly SimPeer[]): void {
  const boundUs = sessionUs(world) + 2 * world.options.timing.tickMs * 1000 + roundUs(world);
  let leadership = "";
  let deadlineUs = 0;
  const left = (): readonly string[] => {
    const held = new Set(world.clients.flatMap(({ isGone, sessionId }) => (isGone ? [] : (sessionId ?? []))));
    const machines = chosen.flatMap(({ run }) => (run === null ? [] : run.replica.machine));
    const [first] = machines.toSorted((one, other) => other.lastAppliedZxid - one.lastAppliedZxid);
    return first === undefined ? ["all peers are down"] : leftBehind(first, held);
  };
  const isMet = (): boolean => {
    const leader = chosen.find((peer) => isServingLeader(peer));
    const present = `${leader?.run?.number} in ${leader?.run?.role.epoch}`;
    const creditedUs = (leader?.run?.leader?.creditedMs ?? 0) * 1000;
    if (present !== leadership) [leadership, deadlineUs] = [present, world.nowUs + boundUs + creditedUs];
    return left().length === 0;
  };
  demand(world, "sessions that nobody holds do not end", isMet, () => deadlineUs);
}

function demand(world: World, complaint: string, isMet: () => boolean, deadlineUs?: () => number): void {
  const lastUs = world.nowUs + livenessBoundUs(world);
  const isOver = (): boolean => world.nowUs > lastUs || world.nowUs > (deadlineUs?.() ?? lastUs);
  for (let step = 0; step === 0 || (!isOver() && step < STEPS_MAX); step++) {
    if (step % CHECK_EVERY_STEPS === 0 && isMet()) return;
    if (!world.runStep()) break;
  }
  if (world.failure === null && !isMet()) world.fail(new NotLive(`${complaint}: ${describe(world)}`), "liveness");
}

/** Peers that may be left out are left out, some of them. */
function choose(world: World): readonly SimPeer[] {
  const { dice, peers } = world;
  const voters = peers.filter((peer) => world.isVoter(peer));
  const sound = voters.filter((peer) => peer.disk.isSound);
  // As long as the cluster is not founded everywhere, it needs everybody.
  if (sound.length < world.quorum || voters.some((peer) => peer.disk.isBlank)) return peers;
  const core = dice.sample(sound, world.quorum);
  const isFull = dice.chance(0.4);
  const rest = peers.filter((peer) => !core.includes(peer) && (isFull || dice.chance(0.3)));
  return [...core, ...rest];
}

function isServingLeader({ run }: SimPeer): boolean {
  return run !== null && run.role.state === "leading" && run.isServing;
}

function isConverged(chosen: readonly SimPeer[]): boolean {
  const [first] = chosen;
  const [zxid, digest] = stateOf(first!);
  return zxid !== null && chosen.every((peer) => stateOf(peer)[0] === zxid && stateOf(peer)[1] === digest);
}

function stateOf({ run }: SimPeer): readonly [zxid: number | null, digest: string] {
  return run === null ? [null, ""] : [run.replica.position.zxid, run.replica.machine.digest];
}

function isDrained(world: World, chosen: readonly SimPeer[]): boolean {
  return (
    world.clients.every((client) => client.inFlightCount === 0) &&
    chosen.every((peer) => !peer.disk.isWriting && isIdle(peer, chosen))
  );
}

/** As far as consensus shows it and the shell knows: all that is logged is applied, and acknowledged to a leader. */
function isIdle({ run }: SimPeer, chosen: readonly SimPeer[]): boolean {
  if (run === null || Object.values(run.pending).some((count) => count > 0)) return false;
  const { role, lastZxid, syncedZxid, committedZxid, deliveredZxid, appliedZxid, learners } = run.zab.view();
  if ([syncedZxid, committedZxid, deliveredZxid, appliedZxid].some((zxid) => zxid !== lastZxid)) return false;
  if (role.state !== "leading") return true;
  const idle = learners.filter(({ phase, ackedZxid }) => phase === "joined" && ackedZxid === lastZxid);
  return chosen.every(({ id }) => id === run.id || idle.some(({ peer }) => peer === id));
}

function describe(world: World): string {
  const peers = world.peers.map(({ id, run }) => {
    if (run === null) return `${id} down`;
    const { role, phase, round, hardState, lastZxid, committedZxid, appliedZxid } = run.zab.view();
    const standing = hardState === null ? "blank" : hardState.isAmnesiac ? "amnesiac" : "sound";
    const [last, committed, applied] = [lastZxid, committedZxid, appliedZxid].map(formatZxid);
    const zxids = `last ${last}, committed ${committed}, applied ${applied}`;
    const progress = `epoch ${role.epoch}, ${zxids}, pending ${JSON.stringify(run.pending)}`;
    return `${id} ${role.state}/${phase}${role.isServing ? " serving" : ""} ${standing} round ${round}, ${progress}`;
  });
  return peers.join("; ");
}
