import type { ErrorCode } from "../../packages/interface/src/index.ts";
import type { AuthId } from "./command.ts";
import type { FailureReply, NodeDump, SessionDump, StateDump, WatchEvent } from "./observation.ts";
import { initialNodes, type Nodes } from "./reference-node.ts";
import { createReferenceWatches, type ReferenceWatches } from "./reference-watches.ts";

export interface ReferenceOptions {
  /** TTL nodes (semantics 2.4). Default false, as upstream. */
  readonly extendedTypesEnabled?: boolean;
  /** Hard quotas refuse writes (semantics 2.5). Default false, as upstream. */
  readonly enforceQuota?: boolean;
  /** How many nodes one reap command deletes at most, the first ones by path. Default: no limit. */
  readonly reapLimit?: number;
  /** Milliseconds after which a container that never had a child is due; 0 = never. Default 0. */
  readonly containerMaxNeverUsedIntervalMs?: number;
  /** Schemes besides world and auth that an ACL may name. Default digest, ip, x509, sasl. */
  readonly aclSchemes?: readonly string[];
  /** What setWatches replays is told only to who may read it: ZooKeeper since 3.9.6 (CVE-2026-59739). Default false, as before. */
  readonly filtersReplay?: boolean;
}

export interface Timing {
  /**
   * The zxid of the write; the k-th deletion of a reap (from 0) has this plus k. Higher than all before if the
   * command writes, ignored otherwise.
   */
  readonly zxid: number;
  /** The leader's wall clock, milliseconds since the epoch. */
  readonly timeMs: number;
}

export interface Connection {
  readonly sessionId: bigint;
  readonly auth: readonly AuthId[];
}

/** Everything the reference knows. Its parts change in place. */
export interface State {
  readonly options: Required<ReferenceOptions>;
  readonly nodes: Nodes;
  readonly sessions: Map<bigint, SessionDump>;
  /** The open sessions by number, each with its connection; closing a session ends both (semantics 5.3). */
  readonly connections: Map<number, Connection>;
  /** The id last bound to each number. */
  readonly sessionIds: Map<number, bigint>;
  readonly watches: ReferenceWatches;
  /** Events of the command under way. */
  readonly events: WatchEvent[];
  lastZxid: number;
}

export function createState(options: ReferenceOptions): State {
  const connections = new Map<number, Connection>();
  const events: WatchEvent[] = [];
  return {
    options: {
      extendedTypesEnabled: options.extendedTypesEnabled ?? false,
      enforceQuota: options.enforceQuota ?? false,
      reapLimit: options.reapLimit ?? Number.POSITIVE_INFINITY,
      containerMaxNeverUsedIntervalMs: options.containerMaxNeverUsedIntervalMs ?? 0,
      aclSchemes: options.aclSchemes ?? ["digest", "ip", "x509", "sasl"],
      filtersReplay: options.filtersReplay ?? false,
    },
    nodes: initialNodes(),
    sessions: new Map(),
    connections,
    sessionIds: new Map(),
    watches: createReferenceWatches(
      (session) => connections.get(session)?.auth,
      (event) => events.push(event),
    ),
    events,
    lastZxid: 0,
  };
}

/** Semantics 2: a write, failed or not, uses up a zxid, and zxids only grow. */
export function useZxid(state: State, zxid: number): void {
  if (!(zxid > state.lastZxid)) throw new Error(`zxid ${zxid} does not follow ${state.lastZxid}`);
  state.lastZxid = zxid;
}

export function failure(error: ErrorCode): FailureReply {
  return { ok: false, error };
}

/** The answer to whatever an unknown or closed session asks. */
export function expired(): FailureReply {
  return failure("SESSION_EXPIRED");
}

export function dumpState(state: State): StateDump {
  const nodes = [...state.nodes].map(([path, node]): NodeDump => ({ path, ...node }));
  nodes.sort((left, right) => (left.path < right.path ? -1 : 1));
  const sessions = [...state.sessions.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
  return { nodes, sessions, watches: state.watches.dump() };
}
