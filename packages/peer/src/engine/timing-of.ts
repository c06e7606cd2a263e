import { TIMING_DEDICATED, TIMING_EMBEDDED, type ZabTiming } from "@coterie/consensus";

/** What a profile's name stands for. Default: embedded. */
export function timingOf(timing: "embedded" | "dedicated" | ZabTiming = "embedded"): ZabTiming {
  if (timing === "embedded") return TIMING_EMBEDDED;
  return timing === "dedicated" ? TIMING_DEDICATED : timing;
}
