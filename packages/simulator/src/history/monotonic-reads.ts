import { type AnsweredOperation, failOperation, type History, isAnswered, isWrite, sessionOf } from "./history.ts";

const NAME = "monotonic-reads";

/**
 * A session never sees an older state than it has seen, whichever peer it is connected to.
 *
 * Source: ZooKeeper's guarantees (single system image); client-protocol (a peer behind the client's last zxid refuses
 * it); fault-scenarios.md, CL-04.
 * Sound: replies of one session are compared in the order in which they came; a read that comes later has a zxid at
 * least as high.
 */
export function checkMonotonicReads({ operations }: History): void {
  const reads = operations.filter((operation) => isAnswered(operation) && !isWrite(operation)) as AnsweredOperation[];
  const highest = new Map<string, AnsweredOperation>();
  for (const read of reads.toSorted((a, b) => a.end.at - b.end.at || a.id - b.id)) {
    const session = sessionOf(read);
    const seen = highest.get(session);
    if (seen !== undefined && read.end.zxid < seen.end.zxid) {
      failOperation(NAME, read, `sees ${read.end.zxid}; operation ${seen.id} has seen ${seen.end.zxid}`);
    }
    highest.set(session, read);
  }
}
