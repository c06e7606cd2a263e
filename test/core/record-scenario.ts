import {
  type Applied,
  createStateMachine,
  type PrepareContext,
  type CoreStateMachine,
  type WriteRequest,
} from "../../packages/core/src/index.ts";
import type { Zxid } from "../../packages/interface/src/index.ts";
import type { Command, MultiOp } from "../model/command.ts";
import type { Scenario } from "../model/generator.ts";
import type { StateDump } from "../model/observation.ts";
import { playSequence } from "../model/play-sequence.ts";
import { createReferenceTree } from "../model/reference-tree.ts";
import { CoreDriver, machineOptions } from "./core-driver.ts";
import { dumpMachine, pokeMachine } from "./inspect.ts";

const NO_SESSIONS: ReadonlyMap<number, number> = new Map();

/** One txn of a scenario, from request to outcome, as it went when each was applied before the next was prepared. */
export interface RecordedTxn {
  readonly zxid: Zxid;
  readonly request: WriteRequest;
  readonly context: PrepareContext;
  /** As `prepare` gave it out: a view of a chunk that is never written again. */
  readonly bytes: Uint8Array;
  readonly bytesAtFirst: Uint8Array;
  readonly outcome: Applied["outcome"];
  readonly digest: string;
}

export interface Recording {
  readonly scenario: Scenario;
  readonly txns: readonly RecordedTxn[];
  /** The machine after the last command. */
  readonly live: CoreStateMachine;
}

/** Runs a scenario on core, one txn at a time, and keeps all of it. */
export function recordScenario(scenario: Scenario): Recording {
  const { options, pokes, commands } = scenario;
  const tree = createReferenceTree({ ...options, filtersReplay: true });
  const driver = new CoreDriver(options);
  const { machine } = driver;
  const txns: RecordedTxn[] = [];
  let last: Pick<RecordedTxn, "request" | "context" | "bytes"> | undefined;
  machine.prepare = (request, context) => {
    const bytes = Object.getPrototypeOf(machine).prepare.call(machine, request, context) as Uint8Array;
    last = { request, context, bytes };
    return bytes;
  };
  machine.apply = (zxid, bytes) => {
    const applied = Object.getPrototypeOf(machine).apply.call(machine, zxid, bytes) as Applied;
    if (last === undefined) throw new Error("a txn is prepared before it is applied");
    txns.push({ ...last, zxid, bytesAtFirst: bytes.slice(), outcome: applied.outcome, digest: machine.digest });
    return applied;
  };
  for (const { path, fields } of pokes) {
    tree.poke(path, fields);
    driver.poke(path, fields);
  }
  for (const { command, timing } of playSequence(commands, tree)) driver.run(command, timing);
  return { scenario, txns, live: machine };
}

/** A machine at the start of the scenario. */
export function freshMachine({ options, pokes }: Scenario): CoreStateMachine {
  const machine = createStateMachine(machineOptions(options));
  for (const { path, fields } of pokes) pokeMachine(machine, path, fields);
  return machine;
}

/** Nodes and sessions; no watches, which belong to one peer. */
export function dumpState(machine: CoreStateMachine): Omit<StateDump, "watches"> {
  const { nodes, sessions } = dumpMachine(machine, NO_SESSIONS);
  return { nodes, sessions };
}

/** Larger than the cells that share pages of memory, and than a page of a checkpoint. */
const LARGE_BYTES = 66_000;

/**
 * The same scenario with about a third of its data made large, so that a checkpoint takes as many pages as there are
 * large znodes and can be interrupted between any two of them. Quotas are left as they are.
 */
export function withLargeData(scenario: Scenario): Scenario {
  return { ...scenario, commands: scenario.commands.map(largeCommand) };
}

function largeCommand(command: Command): Command {
  if (command.kind === "multi") return { ...command, ops: command.ops.map(largeOp) };
  return command.kind === "create" || command.kind === "setData" ? { ...command, data: largeData(command) } : command;
}

function largeOp(op: MultiOp): MultiOp {
  return op.kind === "create" || op.kind === "setData" ? { ...op, data: largeData(op) } : op;
}

function largeData({ path, data }: { path: string; data: Uint8Array | null }): Uint8Array | null {
  if (data === null || data.length === 0 || data.length > 9 || path.startsWith("/zookeeper")) return data;
  return data[0]! % 3 === 0 ? new Uint8Array(LARGE_BYTES + data[0]!).fill(data.length) : data;
}
