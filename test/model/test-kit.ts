import type { AclEntry, AuthId, Command, CreateOp, MultiOp } from "./command.ts";
import { ALICE, BOB, OPEN_ACL, openSessionCommand } from "./generator-pools.ts";
import type { Observation, OpResult, Reply, WatchEvent } from "./observation.ts";
import { FIRST_ZXID, resolveCommand, START_TIME_MS } from "./play-sequence.ts";
import { createReferenceTree, type ReferenceOptions, type ReferenceTree } from "./reference-tree.ts";

export const LOCAL: AuthId = { scheme: "ip", id: "127.0.0.1" };
export const ROOT: AuthId = { scheme: "super", id: "" };

export function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

export function text(data: Uint8Array | null | undefined): string | undefined {
  return data === undefined || data === null ? undefined : new TextDecoder().decode(data);
}

export function acl(...entries: readonly (readonly [perms: number, scheme: string, id: string])[]): AclEntry[] {
  return entries.map(([perms, scheme, id]) => ({ perms, scheme, id }));
}

/** A create of the given flags through the opcode that goes with them. */
export function create(path: string, flags: number = 0, fields: Partial<CreateOp> = {}): CreateOp {
  const opcode = flags === 4 ? "createContainer" : flags === 5 || flags === 6 ? "createTTL" : "create2";
  return { kind: "create", path, data: null, acl: OPEN_ACL, flags, ttlMs: -1, opcode, ...fields };
}

/** A reference with the sessions 0 (alice), 1 (bob) open and a clock and zxids that move by themselves. */
export interface Bench {
  readonly tree: ReferenceTree;
  /** Runs a command that does not open a session twice. */
  run(command: Command): Observation;
  /** The same for an operation, asked by session 0 unless told. */
  ask(op: MultiOp | (Command & { kind: "setAcl" }), session?: number): Reply;
  /** The error of `ask`, or "OK". */
  code(op: MultiOp, session?: number): string;
  multi(ops: readonly MultiOp[], session?: number): readonly OpResult[];
  /** The events of a command as `session type path`. */
  told(command: Command): string[];
  /** The time of the last command. */
  nowMs(): number;
}

export function createBench(options: ReferenceOptions = {}): Bench {
  const tree = createReferenceTree(options);
  let timeMs = START_TIME_MS;

  function run(symbolic: Command): Observation {
    timeMs += symbolic.kind === "advanceTime" ? symbolic.ms : 1;
    const zxid = Math.max(FIRST_ZXID, tree.lastZxid() + 1);
    return tree.run(resolveCommand(symbolic, tree), { zxid, timeMs });
  }

  function ask(op: MultiOp | (Command & { kind: "setAcl" }), session: number = 0): Reply {
    if (op.kind === "check") throw new Error("check exists inside a multi only");
    return run({ ...op, session }).reply;
  }

  run({ ...openSessionCommand(0), auth: [LOCAL, ALICE.identity] });
  run({ ...openSessionCommand(1), auth: [LOCAL, BOB.identity] });
  return {
    tree,
    run,
    ask,
    code(op, session = 0) {
      const reply = ask(op, session);
      return reply.ok ? "OK" : reply.error;
    },
    multi(ops, session = 0) {
      const { reply } = run({ kind: "multi", session, ops });
      if (!reply.ok || reply.results === undefined) throw new Error(`the multi failed: ${JSON.stringify(reply)}`);
      return reply.results;
    },
    told: (command) => run(command).events.map(describeEvent),
    nowMs: () => timeMs,
  };
}

export function describeEvent({ session, type, path }: WatchEvent): string {
  return `${session} ${type} ${path}`;
}

export function errorOf(reply: Reply | OpResult | undefined): string | null | undefined {
  return reply === undefined || reply.ok ? undefined : reply.error;
}
