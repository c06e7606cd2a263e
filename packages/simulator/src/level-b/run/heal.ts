import type { CommittedTxn } from "../../history/operation.ts";
import { Violation } from "../../invariants/invariant.ts";
import { checkCalls } from "../check/check-calls.ts";
import { checkRecipes } from "../check/check-recipes.ts";
import { checkWatches } from "../check/check-watches.ts";
import { SLOW_LINK_TICKS_MAX } from "../faults/level-b-faults.ts";
import { readTree } from "../check/read-tree.ts";
import { Timeline } from "../check/timeline.ts";
import { txnsOf } from "../check/truth.ts";
import type { ClientActor } from "../client/client-actor.ts";
import type { Ensemble } from "./ensemble.ts";

/** No progress where there must be some. */
export class NotHealed extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NotHealed";
  }
}

/** Beyond what dials, elections and back-offs may take, of which the longest is counted in seconds whatever the tick is. */
const REDIALS_MS = 20_000;
const ELECTIONS = 6;

/** Faults are over: all must serve, each client must get a write through, and all end alike. */
export async function runHealing(ensemble: Ensemble): Promise<void> {
  const { world, members } = ensemble;
  const boundMs = healingBoundMs(ensemble);
  await demand(ensemble, "not every peer serves", boundMs, () => members.every(({ isServing }) => isServing));
  ensemble.finishClients();
  // One whose session is lost in the end opens another.
  const finishMs = boundMs + 4 * world.options.sessionTimeoutMs;
  await demand(
    ensemble,
    "not every client has got its last write through",
    finishMs,
    () => ensemble.areClientsFinished,
  );
  // A client takes a moment to notice that its session is lost.
  const isHeld = ({ session }: ClientActor): boolean =>
    session !== null && session.state !== "lost" && session.state !== "closed";
  const held = (): number => ensemble.clients.filter(isHeld).length;
  const expiryMs = boundMs + 3 * world.options.sessionTimeoutMs;
  await demand(ensemble, "sessions that nobody holds are still there", expiryMs, () =>
    members.every(({ life }) => life?.peer.status.sessionCount === held()),
  );
  await demand(ensemble, "the peers do not apply the same", boundMs, () => areAlike(ensemble));
  await deliver(ensemble);
}

/** What is under way to clients arrives: events of watches, which nobody else waits for. */
async function deliver({ world }: Ensemble): Promise<void> {
  if (world.failure !== null) return;
  const { timing, delayMinMs, delayJitterMs, faults } = world.options;
  // A frame that was sent over a slow link holds up those behind it.
  const ticks = faults["slow-link"] > 0 ? SLOW_LINK_TICKS_MAX + 10 : 2;
  const waitMs = ticks * timing.tickMs + 4 * (delayMinMs + delayJitterMs);
  await world.run(world.nowUs + waitMs * 1000, () => false);
}

/** Every peer's tree is what the log makes of it; then what clients were told is compared with it. */
export async function runChecks(ensemble: Ensemble): Promise<void> {
  const { world, members, notebook, truth } = ensemble;
  world.where = "checks";
  const begin = members[0]!.disk.database.last.zxid;
  const trees = await readTrees(ensemble);
  if (world.failure !== null) return;
  const log = truth.logTo(members[0]!.disk.database.last);
  const { recipes } = world.options;
  const txns: readonly CommittedTxn[] = txnsOf(log);
  const timeline = new Timeline(txns);
  for (const [id, tree] of trees) checkTree(id, tree, timeline, begin);
  checkEnds(ensemble, timeline);
  checkCalls(notebook.calls, timeline);
  const living = new Set(ensemble.clients.map(({ session }) => session));
  const stepOf = truth.stepsOf(log);
  checkWatches(notebook.watches, notebook.calls, timeline, stepOf, (watch) => {
    return !watch.isOver && living.has(watch.session) && watch.session.state === "connected";
  });
  if (recipes !== null) checkRecipes(notebook, recipes, timeline, stepOf);
  world.probe("histories checked");
}

/** All stop as an operator stops them: each within its bound. */
export async function runStops(ensemble: Ensemble): Promise<void> {
  const { world, members } = ensemble;
  world.where = "stops";
  for (const member of members) {
    member.keeping = "down";
    ensemble.stop(member);
  }
  await demand(ensemble, "not every peer has stopped", healingBoundMs(ensemble), () =>
    members.every(({ isUp }) => !isUp),
  );
}

async function readTrees(ensemble: Ensemble): Promise<ReadonlyMap<number, ReadonlyMap<string, string>>> {
  const { world, members } = ensemble;
  const trees = new Map<number, ReadonlyMap<string, string>>();
  for (const { id, life } of members) {
    if (life === null) throw new NotHealed(`peer ${id} is down again`);
    readTree(life.peer).then(
      (tree) => trees.set(id, tree),
      (error: unknown) => world.fail(error, `tree of peer ${id}`),
    );
  }
  await demand(ensemble, "not every tree can be read", healingBoundMs(ensemble), () => trees.size === members.length);
  // Its own sessions are txns, too.
  await demand(ensemble, "the peers do not apply the same", healingBoundMs(ensemble), () => areAlike(ensemble));
  return trees;
}

/** @param begin the zxid when its reading began: what went later, as a container that nobody uses, may be in it or not. */
function checkTree(id: number, tree: ReadonlyMap<string, string>, timeline: Timeline, begin: number): void {
  const { model } = timeline;
  for (const [path, node] of model.nodes) {
    if (path.startsWith("/zookeeper") || path === "/") continue;
    const { data, version, mzxid, czxid, owner } = node;
    const expected = [data, version, mzxid, czxid, owner ?? "null"].join(" ");
    const given = tree.get(path);
    if (given === expected) continue;
    throw new Violation(
      "replay-equals-live",
      `peer ${id} has ${path} as ${given ?? "nothing"}; the log makes it ${expected}`,
    );
  }
  for (const path of tree.keys()) {
    if (!model.nodes.has(path) && timeline.of(path).at(-1)!.from <= begin)
      throw new Violation("replay-equals-live", `peer ${id} has ${path}, which the log does not make`);
  }
}

/** Who was told that a session has expired was told the truth, and its ephemerals went with it. */
function checkEnds({ notebook }: Ensemble, { closed, model }: Timeline): void {
  for (const { sessionId, lostBy, client } of notebook.sessions) {
    if (lostBy === "SESSION_EXPIRED" && !closed.has(sessionId)) {
      throw new Violation("session-expiry", `${client} was told that ${sessionId} has expired, which it has not`);
    }
  }
  for (const [path, { owner }] of model.nodes) {
    if (owner !== null && closed.has(owner)) throw new Violation("ephemerals", `${path} is there, and ${owner} is not`);
  }
}

function areAlike({ members }: Ensemble): boolean {
  const ends = members.map(({ life, disk }) => {
    if (life === null) return null;
    const { lastZxid, appliedZxid } = life.peer.status;
    const { zxid, chainHash } = disk.database.last;
    return lastZxid === appliedZxid && zxid === lastZxid ? `${zxid} ${chainHash}` : null;
  });
  return ends[0] !== null && ends.every((end) => end === ends[0]);
}

export function healingBoundMs({ world }: Ensemble): number {
  const { timing, disk, delayMinMs, delayJitterMs, dialTimeoutMs, faultDurationMs } = world.options;
  const { initTicks, syncTicks, electionMaxTicks, heartbeatTicks, tickMs } = timing;
  const roundMs = tickMs * (initTicks + syncTicks + electionMaxTicks + heartbeatTicks);
  const slowMs = 200 * ((disk.syncMaxUs + disk.readMaxUs) / 1000 + delayMinMs + delayJitterMs);
  return REDIALS_MS + ELECTIONS * (roundMs + dialTimeoutMs) + slowMs + 4 * faultDurationMs;
}

async function demand(ensemble: Ensemble, what: string, boundMs: number, isMet: () => boolean): Promise<void> {
  const { world } = ensemble;
  if (world.failure !== null) return;
  world.where = `healing (${what}?)`;
  if (await world.run(world.nowUs + boundMs * 1000, isMet)) return;
  const peers = ensemble.members.map(({ id, life }) => {
    if (life === null) return `peer ${id} is down`;
    const { role, state, lastZxid, appliedZxid, sessionCount } = life.peer.status;
    return `peer ${id} ${state} ${role.state} epoch ${role.epoch} leader ${role.leader} serving ${role.isServing} last ${lastZxid} applied ${appliedZxid} sessions ${sessionCount}`;
  });
  const clients = ensemble.clients.map(({ waiting }) => waiting);
  world.fail(new NotHealed(`${what} within ${Math.round(boundMs)} ms: ${[...peers, ...clients].join("; ")}`));
}
