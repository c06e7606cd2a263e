import { createSeededRandom, type Random, randomBelow, type Zxid } from "@coterie/interface";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Model } from "../../src/history/model.ts";
import type { Call, CommittedTxn, Result } from "../../src/history/operation.ts";
import { children, Chronicle, create, get, rejectionsOf, remove, sessionIdOf, set } from "./chronicle.ts";

const PATHS = ["/a", "/b", "/a/c", "/a/d", "/b/c"];
const CLIENTS = 3;

/**
 * Tells a random history of a correct service: writes take effect one after the other, every client reads from a
 * replica of its own that may lag behind, and hears of a watched change before it sees it.
 */
function tellRandomly(random: Random, steps: number): Chronicle {
  const told = new Chronicle().open(1).open(2).open(3);
  const leader = new Model();
  const replicas = Array.from({ length: CLIENTS }, () => ({
    model: new Model(),
    applied: 0,
    watched: new Set<string>(),
  }));
  const pick = <Item>(items: readonly Item[]): Item => items[randomBelow(random, items.length)]!;

  function catchUp(client: number, upTo: number): void {
    const replica = replicas[client - 1]!;
    for (; replica.applied < upTo; replica.applied++) {
      const txn = told.txns[replica.applied]!;
      const outcome = replica.model.apply(txn, told.operations[txn.operation!]);
      for (const change of outcome.kind === "ok" ? outcome.changes : []) {
        if (replica.watched.delete(change.path)) told.notice(client, change.path, change.event, txn.zxid);
      }
    }
  }

  function write(client: number, call: Call): void {
    const zxid = (told.zxid + 1) as Zxid;
    const outcome = leader.probe([call], zxid, sessionIdOf(client));
    if (outcome.kind === "failed") {
      told.commit(told.operations.length, call, sessionIdOf(client), true);
      catchUp(client, zxid);
      told.ask(client, call, zxid, null, { kind: "failed", code: outcome.code });
      return;
    }
    const result = outcome.results[0]!;
    const final = call.kind === "create" && result?.kind === "created" ? { ...call, path: result.path } : call;
    const operation = told.operations.length;
    told.commit(operation, final, sessionIdOf(client));
    const isUnknown = randomBelow(random, 8) === 0;
    leader.apply(told.txns.at(-1) as CommittedTxn, undefined);
    if (!isUnknown) catchUpBefore(client, zxid, operation, call);
    told.ask(client, call, isUnknown ? 0 : zxid, isUnknown ? null : result, { kind: isUnknown ? "unknown" : "ok" });
  }

  /** The replica cannot look the operation up yet: it is written down with its reply, behind the events. */
  function catchUpBefore(client: number, zxid: number, operation: number, call: Call): void {
    const held = { id: operation, client, session: 1, connection: 1, call, invokedAt: 0, end: null };
    told.operations.push(held);
    const before = told.operations.findLast(
      (one) => one.client === client && one.end?.kind !== "unknown" && one !== held,
    );
    const count = told.notices.length;
    catchUp(client, zxid);
    for (let at = count; at < told.notices.length; at++) {
      told.notices[at] = { ...told.notices[at]!, afterOperation: before?.id ?? -1 };
    }
    told.operations.pop();
  }

  function read(client: number): void {
    const replica = replicas[client - 1]!;
    catchUp(client, replica.applied + randomBelow(random, told.zxid - replica.applied + 1));
    const path = pick(PATHS);
    const node = replica.model.nodes.get(path);
    const call = randomBelow(random, 2) === 0 ? get(path, randomBelow(random, 2) === 0) : children(path);
    if (node === undefined) {
      told.ask(client, call, replica.applied, null, { kind: "failed", code: "NO_NODE" });
      return;
    }
    const { data, version, mzxid } = node;
    const result: Result =
      call.kind === "get" ? { kind: "data", data, version, mzxid } : { kind: "children", names: [...node.children] };
    told.ask(client, call, replica.applied, result);
    if (call.kind === "get" && call.watch) replica.watched.add(path);
  }

  // Nobody sees a state from before its own session.
  for (let client = 1; client <= CLIENTS; client++) catchUp(client, told.zxid);
  for (let step = 0; step < steps; step++) {
    const client = 1 + randomBelow(random, CLIENTS);
    const kind = randomBelow(random, 6);
    const version = randomBelow(random, 3) - 1;
    if (kind === 0) write(client, create(pick(PATHS), pick(["persistent", "ephemeral"]), `${step}`));
    else if (kind === 1) write(client, create(pick(PATHS), "persistent-sequential", `${step}`));
    else if (kind === 2) write(client, set(pick(PATHS), `${step}`, version));
    else if (kind === 3) write(client, remove(pick(PATHS), version));
    else read(client);
  }
  return told;
}

describe("histories of a correct service", () => {
  it("pass every checker", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 150 }), (seed, steps) => {
        expect(rejectionsOf(tellRandomly(createSeededRandom(seed), steps))).toEqual([]);
      }),
    );
  });

  it("do not pass once a read is given what was there at another zxid", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const told = tellRandomly(createSeededRandom(seed), 150);
        const at = told.operations.findIndex(({ end }) => end?.result?.kind === "data");
        fc.pre(at >= 0);
        const read = told.operations[at]!;
        const result = read.end!.result as Extract<Result, { kind: "data" }>;
        told.operations[at] = { ...read, end: { ...read.end!, result: { ...result, version: result.version + 1 } } };
        expect(rejectionsOf(told)).toEqual(["reads-match-their-zxid"]);
      }),
    );
  });
});
