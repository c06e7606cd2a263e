import { CoterieError, shownOf } from "@coterie/interface";
import { checkPath, type Data } from "@coterie/session";

/** Of a recipe that keeps its znodes below a path of its own. @throws CoterieError BAD_ARGUMENTS */
export function checkParent(path: string): void {
  checkPath(path);
  if (path !== "/") return;
  throw new CoterieError("BAD_ARGUMENTS", '"/" is the root, which belongs to all: give a path below it', { path });
}

/** Undefined stands for none. @throws CoterieError BAD_ARGUMENTS */
export function checkData(data: Data | null | undefined): void {
  if (data === undefined || data === null || typeof data === "string" || data instanceof Uint8Array) return;
  throw new CoterieError("BAD_ARGUMENTS", `data is ${shownOf(data)}, and has to be text, bytes, or null`);
}
