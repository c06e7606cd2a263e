import type { RoleView } from "@coterie/consensus";
import { type Epoch, formatZxid, type PeerId, type Zxid } from "@coterie/interface";
import type { ClientAnswered, ClientTaken, Received, RoleTaken } from "../observation.ts";
import { type Invariant, Violation } from "./invariant.ts";
import type { Witness } from "./witness.ts";

interface UpToDate {
  readonly from: PeerId;
  readonly epoch: Epoch;
  readonly committed: Zxid;
}

interface Served {
  role: RoleView | null;
  /** What the leader that is followed now said first. */
  upToDate: UpToDate | null;
  /** Connections, each with the role under which it was taken. */
  readonly connections: Map<string, RoleView>;
}

/**
 * Sessions are served by a leader or by a learner whose leader has told it in this epoch that it is up to date, and which
 * has applied what was committed then; a client is taken by a peer that has applied all that the client has seen; and
 * every answer on a connection is given under the leader and the epoch under which the connection was taken, since what
 * was under way under another has an unknown outcome.
 *
 * Source: zab.md, section 4 (UPTODATE); design, section 1; fault-scenarios.md, CL-01 and CL-04.
 * Sound: roles, deliveries and UPTODATE are seen as they pass the peer's walls, in order.
 */
export function createServesUnderOneLeader(witness: Witness): Invariant {
  const peers = new Map<PeerId, Served>();

  function servedOf(peer: PeerId): Served {
    let served = peers.get(peer);
    if (served === undefined) peers.set(peer, (served = { role: null, upToDate: null, connections: new Map() }));
    return served;
  }

  function receive({ peer, from, message }: Received): void {
    if (message.kind !== "up-to-date") return;
    const served = servedOf(peer);
    const { epoch, committed } = message;
    if (served.upToDate?.from !== from || served.upToDate.epoch !== epoch) served.upToDate = { from, epoch, committed };
  }

  function take({ peer, role }: RoleTaken): void {
    const served = servedOf(peer);
    served.role = role;
    if (role.state !== "following" && role.state !== "observing") served.upToDate = null;
    if (!role.isServing || role.state === "leading") return;
    const { upToDate } = served;
    if (role.state === "looking" || role.state === "blank") fail(peer, `serves while it is ${role.state}`);
    if (upToDate?.from !== role.leader || upToDate.epoch !== role.epoch)
      fail(peer, `serves in ${role.epoch} under ${role.leader}, who has not said that it is up to date`);
    const { applied } = witness.peer(peer);
    if (applied < upToDate.committed)
      fail(peer, `serves at ${formatZxid(applied)}, where ${formatZxid(upToDate.committed)} was committed`);
  }

  function accept({ peer, client, connection, lastZxid }: ClientTaken): void {
    const served = servedOf(peer);
    const { applied } = witness.peer(peer);
    if (served.role?.isServing !== true) fail(peer, `takes client ${client} and does not serve`);
    if (applied < lastZxid)
      fail(peer, `takes client ${client}, which has seen ${formatZxid(lastZxid)}, at ${formatZxid(applied)}`);
    served.connections.set(`${client}:${connection}`, served.role);
  }

  function answer({ peer, client, connection }: ClientAnswered): void {
    const { role, connections } = servedOf(peer);
    const before = connections.get(`${client}:${connection}`);
    if (before === undefined) fail(peer, `answers client ${client} on a connection that it has not taken`);
    if (role?.isServing === true && role.epoch === before.epoch && role.leader === before.leader) return;
    const now = role?.isServing === true ? `in ${role.epoch} under ${role.leader}` : "without serving";
    fail(peer, `answers client ${client} ${now}; it was taken in ${before.epoch} under ${before.leader}`);
  }

  return {
    name: "serves-under-one-leader",
    observe(observation) {
      if (observation.kind === "received") receive(observation);
      else if (observation.kind === "role") take(observation);
      else if (observation.kind === "client-taken") accept(observation);
      else if (observation.kind === "client-answered") answer(observation);
      else if (observation.kind === "started") peers.delete(observation.peer);
    },
  };
}

function fail(peer: PeerId, what: string): never {
  throw new Violation("serves-under-one-leader", `peer ${peer} ${what}`);
}
