import { type CoreStateMachine, Restore } from "@coterie/core";
import { CoterieError, formatZxid, type PeerId } from "@coterie/interface";
import { Violation } from "../invariants/invariant.ts";

/**
 * The digest of a state machine is the sum over its state, although it is only ever changed by what changes: a full checkpoint
 * of the machine is restored, which sums up every znode and session anew, and must amount to the same. The machine's
 * next own checkpoint is a full one. Not while one is under way.
 *
 * Source: design, section 5.4; docs/state-digest.md.
 *
 * @throws Violation
 */
export function checkDigest(
  peer: PeerId,
  { checkpoints, digest, lastAppliedZxid: zxid }: Pick<CoreStateMachine, "checkpoints" | "digest" | "lastAppliedZxid">,
): void {
  checkpoints.abandon();
  const writer = checkpoints.begin();
  const restore = new Restore();
  for (let step = writer.step(); step.kind !== "done"; step = writer.step()) {
    if (step.kind === "page") restore.addPage(step.bytes);
  }
  checkpoints.abandon();
  try {
    restore.finish({ zxid, digest });
  } catch (error) {
    if (!(error instanceof CoterieError)) throw error;
    throw new Violation("digest-of-the-state", `peer ${peer} at ${formatZxid(zxid)}: ${error.message}`);
  }
}
