import type { Acl } from "@coterie/protocol";
import { absorbA, finish, LANE_A_START } from "./mix.ts";

/** One lane over each entry's perms, scheme and id, and the count of entries. */
export function aclDigestOf(list: readonly Acl[]): number {
  let lane = LANE_A_START;
  for (const { perms, scheme, id } of list) {
    lane = absorbA(lane, perms);
    lane = absorbText(lane, scheme);
    lane = absorbText(lane, id);
  }
  return finish(absorbA(lane, list.length));
}

/** The count of its units, then the units. */
function absorbText(start: number, text: string): number {
  let lane = absorbA(start, text.length);
  for (let i = 0; i < text.length; i++) lane = absorbA(lane, text.charCodeAt(i));
  return lane;
}
