import { type AnsweredOperation, failOperation, type History, isAnswered, isRead } from "./history.ts";
import { Model } from "./model.ts";

const NAME = "reads-match-their-zxid";

/**
 * A read gives what the tree held at the zxid that its reply carries, no more and no less.
 *
 * Source: design, R7 ("replies carry the exact zxid that was read"); StateMachine, rule 1.
 * Sound: the model is replayed once, and each read is compared at the moment at which the replay passes its zxid.
 */
export function checkReadsMatchTheirZxid({ operations, txns }: History): void {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const reads = operations.filter((operation) => isAnswered(operation) && isRead(operation)) as AnsweredOperation[];
  const model = new Model();
  let at = 0;
  for (const read of reads.toSorted((a, b) => a.end.zxid - b.end.zxid)) {
    for (; at < txns.length && txns[at]!.zxid <= read.end.zxid; at++) {
      const txn = txns[at]!;
      model.apply(txn, txn.operation === null ? undefined : byId.get(txn.operation));
    }
    compare(model, read);
  }
}

function compare(model: Model, read: AnsweredOperation): void {
  const { call, end } = read;
  if (call.kind !== "get" && call.kind !== "children") return;
  const node = model.nodes.get(call.path);
  if (end.kind === "failed") {
    if (end.code === "NO_NODE" && node !== undefined) failOperation(NAME, read, `finds no ${call.path} at ${end.zxid}`);
    return;
  }
  if (node === undefined) failOperation(NAME, read, `finds ${call.path} at ${end.zxid}, where there is none`);
  const { result } = end;
  if (result?.kind === "data") {
    const isSame = result.data === node.data && result.version === node.version && result.mzxid === node.mzxid;
    const expected = `${node.data} in version ${node.version} of ${node.mzxid}`;
    if (!isSame) failOperation(NAME, read, `finds ${JSON.stringify(result)} at ${end.zxid}, where it is ${expected}`);
  } else if (result?.kind === "children") {
    const expected = [...node.children].toSorted().join(", ");
    const found = result.names.toSorted().join(", ");
    if (found !== expected) failOperation(NAME, read, `finds the children ${found} at ${end.zxid}, not ${expected}`);
  } else {
    failOperation(NAME, read, "is answered with something else than was asked for");
  }
}
