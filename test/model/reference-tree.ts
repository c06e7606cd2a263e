import type { Command } from "./command.ts";
import type { Observation, Reply, StateDump } from "./observation.ts";
import { stateDigest } from "./reference-digest.ts";
import type { StoredNode } from "./reference-node.ts";
import { runRead } from "./reference-read.ts";
import { reap } from "./reference-reap.ts";
import { closeSession, openSession, reconnect } from "./reference-session.ts";
import { setWatches } from "./reference-set-watches.ts";
import { createState, dumpState, expired, type ReferenceOptions, type State } from "./reference-state.ts";
import { type Timing, useZxid } from "./reference-state.ts";
import { runMulti, runWrite } from "./reference-write.ts";

export type { ReferenceOptions, Timing } from "./reference-state.ts";

/** Int32 fields of a stored node that a test may set, to reach what no test could count up to. */
export type PokedFields = Partial<Pick<StoredNode, "version" | "cversion" | "aversion">>;

/** ZooKeeper's state machine as one sequential machine, in the plainest code. README.md lists its decisions. */
export interface ReferenceTree {
  /** Runs one command whose versions and zxids are resolved. Throws only on a mistake of the driver. */
  run(command: Command, timing: Timing): Observation;
  dump(): StateDump;
  /** Of the whole state, computed from scratch; 16 hexadecimal digits. */
  digest(): string;
  node(path: string): StoredNode | undefined;
  /** The id last bound to this number, also after the session was closed. */
  sessionIdOf(session: number): bigint | undefined;
  isOpen(session: number): boolean;
  /** The highest zxid used so far, 0 at first. */
  lastZxid(): number;
  /** Sets counters of an existing node behind the state machine's back. */
  poke(path: string, fields: PokedFields): void;
}

export function createReferenceTree(options: ReferenceOptions = {}): ReferenceTree {
  const state = createState(options);
  return {
    run(command, timing) {
      state.events.length = 0;
      const { reply, zxidCount } = runCommand(state, command, timing);
      return { reply, events: [...state.events], zxidCount };
    },
    dump: () => dumpState(state),
    digest() {
      const { nodes, sessions } = dumpState(state);
      return stateDigest(nodes, sessions);
    },
    node: (path) => state.nodes.get(path),
    sessionIdOf: (session) => state.sessionIds.get(session),
    isOpen: (session) => state.connections.has(session),
    lastZxid: () => state.lastZxid,
    poke(path, fields) {
      const node = state.nodes.get(path);
      if (node === undefined) throw new Error(`no node ${JSON.stringify(path)} to poke`);
      state.nodes.set(path, { ...node, ...fields });
    },
  };
}

type Outcome = Omit<Observation, "events">;

function runCommand(state: State, command: Command, timing: Timing): Outcome {
  switch (command.kind) {
    case "openSession":
      return written(state, timing, () => openSession(state, command, timing));
    case "closeSession":
      return written(state, timing, () => closeSession(state, command.session, timing));
    case "create":
    case "delete":
    case "setData":
    case "setAcl":
      return written(state, timing, () => runWrite(state, command, command.session, timing));
    case "multi":
      return written(state, timing, () => runMulti(state, command, timing));
    case "reap": {
      const paths = reap(state, timing);
      return { reply: { ok: true, children: paths }, zxidCount: paths.length };
    }
    case "advanceTime":
      return { reply: { ok: true }, zxidCount: 0 };
    case "reconnect":
      return { reply: reconnect(state, command.session, command.auth), zxidCount: 0 };
    case "setWatches":
      return { reply: setWatches(state, command), zxidCount: 0 };
    default: {
      const connection = state.connections.get(command.session);
      if (connection === undefined) return { reply: expired(), zxidCount: 0 };
      const { nodes, watches } = state;
      return { reply: runRead(command, { nodes, watches, session: command.session, ...connection }), zxidCount: 0 };
    }
  }
}

function written(state: State, timing: Timing, body: () => Reply): Outcome {
  useZxid(state, timing.zxid);
  return { reply: body(), zxidCount: 1 };
}
