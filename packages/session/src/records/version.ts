import { CoterieError, shownOf } from "@coterie/interface";

/** On the wire: whatever the version is. */
const ANY = -1;
const INT32_SPAN = 2 ** 32;

/**
 * What is sent for the version that a znode has to have. Versions wrap as int32, so any of those is taken; -1 is ZooKeeper's
 * word for any. @throws CoterieError BAD_ARGUMENTS
 */
export function versionOf(version: number | undefined): number {
  if (version === undefined) return ANY;
  if (Number.isInteger(version) && Math.abs(version + 0.5) < INT32_SPAN / 2) return version;
  throw new CoterieError("BAD_ARGUMENTS", `version is an integer of 32 bits, as in a Stat, not ${shownOf(version)}`);
}
