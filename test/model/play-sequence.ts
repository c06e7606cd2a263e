import { createZxid } from "../../packages/interface/src/index.ts";
import type { Command, ExpectedVersion, MultiOp, ZxidRef } from "./command.ts";
import type { Observation } from "./observation.ts";
import type { ReferenceTree, Timing } from "./reference-tree.ts";

/** One command as it ran: symbols resolved, its zxid and time, and what the reference made of it. */
export interface Step {
  readonly index: number;
  readonly command: Command;
  readonly timing: Timing;
  readonly expected: Observation;
}

/** In epoch 1, so that zxids need more than 32 bits. */
export const FIRST_ZXID: number = createZxid(1, 1);
/** 2023-11-14T22:13:20Z. */
export const START_TIME_MS: number = 1_700_000_000_000;

/**
 * Runs a sequence on `tree` command by command. The driver of another implementation runs `step.command` with
 * `step.timing` before it asks for the next step, and compares. Each write has the next zxid; every command takes
 * one millisecond, advanceTime as many as it says.
 */
export function* playSequence(commands: readonly Command[], tree: ReferenceTree): Generator<Step, void, void> {
  let timeMs = START_TIME_MS;
  let nextZxid = Math.max(FIRST_ZXID, tree.lastZxid() + 1);
  for (const [index, symbolic] of commands.entries()) {
    timeMs += symbolic.kind === "advanceTime" ? symbolic.ms : 1;
    const command = resolveCommand(symbolic, tree);
    const timing = { zxid: nextZxid, timeMs };
    const expected = tree.run(command, timing);
    nextZxid += expected.zxidCount;
    yield { index, command, timing, expected };
  }
}

/** Replaces symbolic versions and zxids by numbers, looked up in the committed state of `tree`. */
export function resolveCommand(command: Command, tree: ReferenceTree): Command {
  switch (command.kind) {
    case "delete":
    case "setData":
    case "setAcl": {
      const node = tree.node(command.path);
      const current = command.kind === "setAcl" ? node?.aversion : node?.version;
      return { ...command, version: resolveVersion(command.version, current) };
    }
    case "multi":
      return { ...command, ops: command.ops.map((op) => resolveOp(op, tree)) };
    case "setWatches":
      return { ...command, relativeZxid: resolveZxid(command.relativeZxid, tree.lastZxid()) };
    default:
      return command;
  }
}

function resolveOp(op: MultiOp, tree: ReferenceTree): MultiOp {
  return op.kind === "create" ? op : { ...op, version: resolveVersion(op.version, tree.node(op.path)?.version) };
}

function resolveVersion(version: ExpectedVersion, current: number | undefined): number {
  return typeof version === "number" ? version : ((current ?? 0) + version.offset) | 0;
}

function resolveZxid(zxid: ZxidRef, last: number): number {
  return typeof zxid === "number" ? zxid : Math.max(0, last + zxid.offset);
}
