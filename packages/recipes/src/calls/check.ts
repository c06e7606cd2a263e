import { CoterieError, shownOf } from "@coterie/interface";
import { checkPath, type Data } from "@coterie/session";

/** Of a recipe that has a path of its own. @throws CoterieError BAD_ARGUMENTS */
export function checkOwnPath(path: string): void {
  checkPath(path);
  if (path !== "/") return;
  throw new CoterieError("BAD_ARGUMENTS", '"/" is the root, which belongs to all: give a path below it', { path });
}

/** One step of a path, as far as is known here. @throws CoterieError BAD_ARGUMENTS */
export function checkName(what: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && value !== "." && value !== ".." && !value.includes("/"))
    return value;
  const message = `${what} is ${shownOf(value)}, and has to be a text for one step of a path: without "/", and not "." or ".."`;
  throw new CoterieError("BAD_ARGUMENTS", message);
}

/** Undefined stands for none. @throws CoterieError BAD_ARGUMENTS */
export function checkData(data: Data | null | undefined): void {
  if (data === undefined || data === null || typeof data === "string" || data instanceof Uint8Array) return;
  throw new CoterieError("BAD_ARGUMENTS", `data is ${shownOf(data)}, and has to be text, bytes, or null`);
}
