import { assert } from "@coterie/interface";
import { isNameEncoding, readName } from "../tree/path-bytes.ts";
import { absorbA, finish, LANE_A_START } from "./mix.ts";

/** The digest of "/". */
export const ROOT_PATH_DIGEST = 0;

/** One lane over the parent's path digest, the UTF-16 units of the name `path[start, end)`, and their count. */
export function pathDigestOf(parent: number, path: string, start: number, end: number): number {
  let lane = absorbA(LANE_A_START, parent);
  for (let i = start; i < end; i++) lane = absorbA(lane, path.charCodeAt(i));
  return finish(absorbA(lane, end - start));
}

/** The same for a name of ASCII characters only, which are the bytes `[start, end)`. */
export function pathDigestOfAscii(parent: number, bytes: Uint8Array, start: number, end: number): number {
  let lane = absorbA(LANE_A_START, parent);
  for (let i = start; i < end; i++) lane = absorbA(lane, bytes[i]!);
  return finish(absorbA(lane, end - start));
}

/** The same for any name, in UTF-8: its bytes are `[start, end)`. */
export function pathDigestOfUtf8(parent: number, bytes: Uint8Array, start: number, end: number): number {
  assert(isNameEncoding(bytes, start, end), "the name of a znode is UTF-8");
  const name = readName(bytes, start, end);
  return pathDigestOf(parent, name, 0, name.length);
}
