import type { Zxid } from "@coterie/interface";
import { flatten } from "./history.ts";
import type { Call, CommittedTxn, Operation, Result } from "./operation.ts";

export interface ModelNode {
  data: string;
  version: number;
  mzxid: Zxid;
  readonly czxid: Zxid;
  /** The session of an ephemeral. */
  readonly owner: string | null;
  /** Children ever created: the next sequence number. */
  creates: number;
  readonly children: Set<string>;
}

/** What became of a path in a txn. */
export interface Change {
  readonly path: string;
  readonly event: "created" | "deleted" | "data-changed";
  /** Whether the node went with its session. */
  readonly isByClose: boolean;
}

export type ModelOutcome =
  | { readonly kind: "ok"; readonly results: readonly (Result | null)[]; readonly changes: readonly Change[] }
  | { readonly kind: "failed"; readonly code: string };

interface Run {
  readonly zxid: Zxid;
  readonly sessionId: string | null;
  /** Whether creates have their final paths already. */
  readonly isFinal: boolean;
  readonly changes: Change[];
  readonly undo: (() => void)[];
}

/** The codes that the model knows; of any other failure it says nothing. */
export const MODEL_CODES: ReadonlySet<string> = new Set([
  "NO_NODE",
  "NODE_EXISTS",
  "BAD_VERSION",
  "NOT_EMPTY",
  "NO_CHILDREN_FOR_EPHEMERALS",
]);

class Failure extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * ZooKeeper's tree in the smallest form that says what reads and writes must give: written from semantics, sharing no
 * line with @coterie/core, so that they do not err together.
 */
export class Model {
  readonly nodes: Map<string, ModelNode> = new Map();
  readonly closed: Set<string> = new Set();

  constructor() {
    for (const path of ["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"]) {
      this.nodes.set(path, createNode("", 0 as Zxid, null));
      if (path !== "/") this.nodes.get(parentOf(path))!.children.add(nameOf(path));
    }
  }

  /** Runs what the operation asked for, if the txn has one, or else what the txn says; an error txn changes nothing. */
  apply(txn: CommittedTxn, operation: Operation | undefined): ModelOutcome {
    if (txn.isError) return { kind: "failed", code: "" };
    const calls = operation === undefined ? txn.calls : [operation.call];
    return this.run(calls, txn.zxid, txn.sessionId, operation === undefined);
  }

  /** What would come of the calls now. */
  probe(calls: readonly Call[], zxid: Zxid, sessionId: string | null): ModelOutcome {
    return this.run(calls, zxid, sessionId, false, true);
  }

  private run(
    calls: readonly Call[],
    zxid: Zxid,
    sessionId: string | null,
    isFinal: boolean,
    isProbe = false,
  ): ModelOutcome {
    const run: Run = { zxid, sessionId, isFinal, changes: [], undo: [] };
    try {
      const results = flatten(calls).map((call) => this.perform(call, run));
      if (isProbe) takeBack(run);
      return { kind: "ok", results, changes: run.changes };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      takeBack(run);
      return { kind: "failed", code: error.code };
    }
  }

  private perform(call: Call, run: Run): Result | null {
    switch (call.kind) {
      case "create":
        return this.create(call, run);
      case "set":
        return this.set(call, run);
      case "delete":
        this.delete(call, run);
        return null;
      case "close-session":
        this.close(run);
        return null;
      default:
        return null;
    }
  }

  private create({ path, data, mode }: Extract<Call, { kind: "create" }>, run: Run): Result {
    const parent = this.nodes.get(parentOf(path));
    if (parent === undefined) throw new Failure("NO_NODE");
    const isSequential = mode.endsWith("sequential") && !run.isFinal;
    const final = isSequential ? `${path}${String(parent.creates).padStart(10, "0")}` : path;
    if (this.nodes.has(final)) throw new Failure("NODE_EXISTS");
    if (parent.owner !== null) throw new Failure("NO_CHILDREN_FOR_EPHEMERALS");
    const name = nameOf(final);
    this.nodes.set(final, createNode(data, run.zxid, mode.startsWith("ephemeral") ? run.sessionId : null));
    parent.children.add(name);
    parent.creates++;
    run.undo.push(() => {
      this.nodes.delete(final);
      parent.children.delete(name);
      parent.creates--;
    });
    run.changes.push({ path: final, event: "created", isByClose: false });
    return { kind: "created", path: final };
  }

  private set({ path, data, version }: Extract<Call, { kind: "set" }>, run: Run): Result {
    const node = this.nodes.get(path);
    if (node === undefined) throw new Failure("NO_NODE");
    // The version of a final call may be the new one as well as the one that was asked for.
    if (!run.isFinal && version !== -1 && version !== node.version) throw new Failure("BAD_VERSION");
    const before = { data: node.data, version: node.version, mzxid: node.mzxid };
    run.undo.push(() => Object.assign(node, before));
    Object.assign(node, { data, version: node.version + 1, mzxid: run.zxid });
    run.changes.push({ path, event: "data-changed", isByClose: false });
    return { kind: "stat", version: node.version };
  }

  private delete({ path, version }: Extract<Call, { kind: "delete" }>, run: Run): void {
    const node = this.nodes.get(path);
    if (node === undefined) throw new Failure("NO_NODE");
    if (!run.isFinal && version !== -1 && version !== node.version) throw new Failure("BAD_VERSION");
    if (node.children.size > 0) throw new Failure("NOT_EMPTY");
    this.remove(path, node, run, false);
  }

  private close(run: Run): void {
    const { sessionId } = run;
    if (sessionId === null) return;
    for (const [path, node] of this.nodes) if (node.owner === sessionId) this.remove(path, node, run, true);
    const isNew = !this.closed.has(sessionId);
    this.closed.add(sessionId);
    if (isNew) run.undo.push(() => this.closed.delete(sessionId));
  }

  private remove(path: string, node: ModelNode, run: Run, isByClose: boolean): void {
    const parent = this.nodes.get(parentOf(path));
    this.nodes.delete(path);
    parent?.children.delete(nameOf(path));
    run.undo.push(() => {
      this.nodes.set(path, node);
      parent?.children.add(nameOf(path));
    });
    run.changes.push({ path, event: "deleted", isByClose });
  }
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function createNode(data: string, zxid: Zxid, owner: string | null): ModelNode {
  return { data, version: 0, mzxid: zxid, czxid: zxid, owner, creates: 0, children: new Set() };
}

function takeBack(run: Run): void {
  for (const undo of run.undo.toReversed()) undo();
}
