import { Model, type ModelNode, parentOf } from "../../history/model.ts";
import type { CommittedTxn } from "../../history/operation.ts";
import { Violation } from "../../invariants/invariant.ts";

/** A path from one zxid on, until that of the next one. */
export interface PathState {
  readonly from: number;
  readonly event: "created" | "deleted" | "data-changed" | "none";
  /** Null where there is no znode. */
  readonly node: {
    readonly data: string;
    readonly version: number;
    readonly mzxid: number;
    readonly owner: string | null;
  } | null;
}

/** The children of a path from one zxid on. */
export interface ChildrenState {
  readonly from: number;
  /** Sorted; null where there is no znode. */
  readonly names: readonly string[] | null;
}

/** One effect of a value that a client wrote: values are written once. */
export interface Effect {
  readonly zxid: number;
  readonly sessionId: string | null;
  readonly path: string;
}

const NOTHING: PathState = { from: 0, event: "none", node: null };

/** What the ensemble's history made of every path, by a model that shares nothing with @coterie/core. */
export class Timeline {
  readonly model: Model = new Model();
  /** By session, the zxid of its end. */
  readonly closed: Map<string, number> = new Map();
  /** By value; each create and set. */
  readonly effects: Map<string, Effect[]> = new Map();
  private readonly paths = new Map<string, PathState[]>();
  private readonly children = new Map<string, ChildrenState[]>();
  /** By path, the deletes that a session asked for. */
  readonly deletes: Map<string, Effect[]> = new Map();

  /** @throws Violation if a txn took effect that could not */
  constructor(txns: readonly CommittedTxn[]) {
    for (const txn of txns) this.add(txn);
  }

  of(path: string): readonly PathState[] {
    return this.paths.get(path) ?? [NOTHING];
  }

  /** All that there ever was below a path, at any depth. */
  pathsBelow(path: string): readonly string[] {
    return [...this.paths.keys()].filter((each) => each.startsWith(`${path}/`));
  }

  childrenOf(path: string): readonly ChildrenState[] {
    return this.children.get(path) ?? [{ from: 0, names: null }];
  }

  private add(txn: CommittedTxn): void {
    const { zxid, sessionId } = txn;
    const outcome = this.model.apply(txn, undefined);
    if (outcome.kind === "failed") {
      if (txn.isError) return;
      throw new Violation("writes-linearizable", `the txn ${zxid} took effect where it must fail with ${outcome.code}`);
    }
    for (const call of txn.calls) {
      if (call.kind === "create" || call.kind === "set")
        push(this.effects, call.data, { zxid, sessionId, path: call.path });
      if (call.kind === "delete") push(this.deletes, call.path, { zxid, sessionId, path: call.path });
      if (call.kind === "close-session" && sessionId !== null) this.closed.set(sessionId, zxid);
    }
    for (const { path, event } of outcome.changes) {
      const states = this.paths.get(path) ?? [NOTHING];
      this.paths.set(path, states);
      states.push({ from: zxid, event, node: stateOf(this.model.nodes.get(path)) });
      if (event === "data-changed") continue;
      this.changeChildren(parentOf(path), zxid);
      this.changeChildren(path, zxid);
    }
  }

  private changeChildren(path: string, from: number): void {
    const states = this.children.get(path) ?? [{ from: 0, names: null }];
    this.children.set(path, states);
    const node = this.model.nodes.get(path);
    states.push({ from, names: node === undefined ? null : [...node.children].toSorted() });
  }
}

/**
 * The first of `states` that holds what was seen and was not over yet at `low`; gives the zxid at which a state with it can have
 * been seen first, or null. A state that is followed by one of the same zxid was never seen.
 */
export function firstSeen<State extends { readonly from: number }>(
  states: readonly State[],
  low: number,
  isSeen: (state: State) => boolean,
): number | null {
  for (let index = 0; index < states.length; index++) {
    const end = states[index + 1]?.from ?? Infinity;
    const { from } = states[index]!;
    if (end > low && end > from && isSeen(states[index]!)) return Math.max(from, low);
  }
  return null;
}

function stateOf(node: ModelNode | undefined): PathState["node"] {
  if (node === undefined) return null;
  const { data, version, mzxid, owner } = node;
  return { data, version, mzxid, owner };
}

function push<Item>(into: Map<string, Item[]>, key: string, item: Item): void {
  const items = into.get(key);
  if (items === undefined) into.set(key, [item]);
  else items.push(item);
}
