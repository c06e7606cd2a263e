// Loaded before a workload: the pages of a checkpoint are written, but not synced. LevelDB closes a full write-ahead log
// without a sync, so the marker may be durable and its pages not.
import { Database } from "../../../packages/storage-level/dist/database/database.js";
import { parsePageKey } from "../../../packages/storage-level/dist/format/keys.js";

const { commit } = Database.prototype;

Database.prototype.commit = async function (changes, isSynced) {
  const isOfPages = changes.every((change) => change.kind === "put" && parsePageKey(change.stored.key) !== null);
  return commit.call(this, changes, isSynced && !isOfPages);
};
