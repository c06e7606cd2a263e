import { assert, type LogPosition, positionOf } from "@coterie/interface";
import type { Context } from "../context.ts";
import { encodeEnsembleConfig } from "../quorum/ensemble-config.ts";
import type { Leading, Learner } from "./leading.ts";

/** The learner's log ends at `position` once it has done this; the stream goes on from there. */
export function sendSync(context: Context, role: Leading, learner: Learner, position: LogPosition): void {
  const { config } = context;
  assert(config !== null, "a leader has a voter set");
  const mark = learner.transfer?.mark ?? null;
  context.send(learner.link, {
    kind: "sync",
    epoch: role.epoch,
    clusterId: config.clusterId,
    config: encodeEnsembleConfig(config),
    mode: mark === null ? "diff" : "checkpoint",
    after: positionOf(position),
    mark,
  });
}
