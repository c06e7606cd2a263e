import type { Observation } from "../observation.ts";

/** Rare things that can be seen at the walls of the peers, by name; null for the usual. */
export function probeOf(observation: Observation): string | null {
  switch (observation.kind) {
    case "received":
      return ofMessage(observation.message);
    case "role": {
      const { state, isServing } = observation.role;
      return state === "leading" && isServing ? "leadership established" : null;
    }
    case "synced": {
      const { batch } = observation;
      if (batch.truncateAfter !== undefined) return "log truncated";
      if (batch.repair !== undefined) return "log repaired";
      if (batch.checkpoint?.kind === "incoming") return "incoming checkpoint installed";
      if (batch.checkpoint?.kind === "covering") return "damaged log covered by a checkpoint";
      return batch.hardState?.isAmnesiac === true ? "amnesia written down" : null;
    }
    default:
      return null;
  }
}

function ofMessage(message: Extract<Observation, { kind: "received" }>["message"]): string | null {
  switch (message.kind) {
    case "sync":
      return `sync by ${message.mode}`;
    case "found":
      return "founded";
    case "amnesia-notice":
      return "amnesia noticed by another peer";
    case "repair":
      return "repair sent";
    case "readmitted":
      return "amnesiac readmitted";
    case "take-over":
      return "leadership handed over";
    case "not-leading":
      return "learner turned away";
    case "ack-epoch":
      return message.isPromise ? null : "epoch acknowledged without promise";
    case "confirmed":
      return "read confirmed by the leader";
    default:
      return null;
  }
}
