import { Violation } from "../invariants/invariant.ts";
import { failOperation, flatten, type History } from "./history.ts";
import { Model, parentOf } from "./model.ts";
import type { Call } from "./operation.ts";

const NAME = "unique-sequence-names";

/**
 * No two sequential creates under one parent get the same name as long as that parent lives, and each gets what it
 * asked for with ten digits behind it.
 *
 * Source: ZooKeeper's semantics (sequential nodes); fault-scenarios.md, CL-01.
 * Sound: names are taken from the txns, so that those of unknown outcomes count as well; a parent that was deleted and
 * made again has another czxid.
 */
export function checkUniqueSequenceNames({ operations, txns }: History): void {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const model = new Model();
  const given = new Set<string>();
  for (const txn of txns) {
    if (txn.isError) continue;
    const operation = txn.operation === null ? undefined : byId.get(txn.operation);
    const asked = operation === undefined ? [] : flatten([operation.call]);
    flatten(txn.calls).forEach((call, index) => {
      if (!isSequential(call)) return;
      const wish = asked[index];
      const isRight = wish === undefined || (isSequential(wish) && isNumbered(call.path, wish.path));
      if (!isRight && operation !== undefined) failOperation(NAME, operation, `is given the name ${call.path}`);
      const key = `${model.nodes.get(parentOf(call.path))?.czxid} ${call.path}`;
      if (given.has(key)) throw new Violation(NAME, `${call.path} is given again at ${txn.zxid}`);
      given.add(key);
    });
    model.apply(txn, operation);
  }
}

function isSequential(call: Call): call is Extract<Call, { kind: "create" }> {
  return call.kind === "create" && call.mode.endsWith("sequential");
}

function isNumbered(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && /^-?\d{10}$/.test(path.slice(prefix.length));
}
