import { createFileJournal, createFileSidecar, type Journal, type Sidecar, STORE_FORMAT } from "@coterie/storage-level";
import { journalPath, sidecarPath } from "./paths.ts";

/** What stands beside the database of a store. */
export function createSecondParts(location: string): { readonly sidecar: Sidecar; readonly journal: Journal } {
  return {
    sidecar: createFileSidecar({ path: sidecarPath(location), format: STORE_FORMAT }),
    journal: createFileJournal({ path: journalPath(location) }),
  };
}
