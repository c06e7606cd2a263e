// Loaded before a workload: the frames of a segment that grows are written, but not synced.
import { NODE_JOURNAL_FILES } from "../../../packages/storage-level/dist/journal/journal-files.js";

const { open } = NODE_JOURNAL_FILES;

/** @type {{ open: typeof open }} */ (NODE_JOURNAL_FILES).open = async (path, kind) =>
  open(path, kind === "new" ? "draft" : kind);
