import { BATCHES } from "./cases/batches.ts";
import { BUFFERS } from "./cases/buffers.ts";
import { CHECKPOINTS, READERS } from "./cases/checkpoints.ts";
import { FAILURE } from "./cases/failure.ts";
import { FAULTS } from "./cases/faults.ts";
import { LIFECYCLE } from "./cases/lifecycle.ts";
import { LIMITS } from "./cases/limits.ts";
import { MISUSE } from "./cases/misuse.ts";
import { PURGING } from "./cases/purging.ts";
import { READING } from "./cases/reading.ts";
import { RECOVERY } from "./cases/recovery.ts";
import { TRUNCATION } from "./cases/truncation.ts";
import type { LogStorageGroup } from "./world.ts";

/**
 * The contract of LogStorage, sentence by sentence. Three of its sentences have no case here, since no fixture could
 * bring them about through the seam alone: that of two hard states that differ the higher epochs count, that the parts
 * of a store may disagree on whose they are, and that an optional package may be missing. Stores that keep things twice,
 * or need a package, test these themselves.
 */
export const LOG_STORAGE_GROUPS: readonly LogStorageGroup[] = [
  LIFECYCLE,
  BATCHES,
  TRUNCATION,
  READING,
  PURGING,
  CHECKPOINTS,
  READERS,
  RECOVERY,
  MISUSE,
  BUFFERS,
  LIMITS,
  FAULTS,
  FAILURE,
];
