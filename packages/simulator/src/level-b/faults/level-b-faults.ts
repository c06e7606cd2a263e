/** What may happen to a world of level B. */
export const LEVEL_B_FAULTS = [
  "crash",
  "power-loss",
  "stop",
  "rolling-restart",
  "partition",
  "one-way",
  "slow-link",
  "half-open",
  "reset",
  "stall",
  "disk-error",
  "disk-full",
  "disk-slow",
  "disk-lost",
  "clock-jump",
  "client-crash",
  "client-stall",
  // Only with recipes.
  "holder-stall",
] as const;

export type LevelBFault = (typeof LEVEL_B_FAULTS)[number];

/** How slow a slow link is, at most. */
export const SLOW_LINK_TICKS_MAX = 30;
