import { assert, type CheckpointReader, CoterieError } from "@coterie/interface";
import type { Database } from "../database/database.ts";
import type { CheckpointRecord } from "../format/records.ts";
import { readPages } from "./read-pages.ts";
import { checkpointOf } from "./stored-checkpoint.ts";

/** A reader of pages that stay until `closed` has been told, once. */
export function createCheckpointReader(
  database: Database,
  record: CheckpointRecord,
  closed: () => void,
): CheckpointReader {
  const checkpoint = checkpointOf(record);
  let isClosed = false;
  return {
    checkpoint,
    read: async (first, sizeMaxBytes) => {
      if (isClosed) throw new CoterieError("STORE_CLOSED", "the reader of this checkpoint is closed");
      assert(Number.isInteger(first) && first >= 0 && first <= checkpoint.pageCount, "a page's index is in its range");
      assert(sizeMaxBytes >= 0, "a size is not negative");
      return readPages(database, record, first, sizeMaxBytes);
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      closed();
    },
  };
}
