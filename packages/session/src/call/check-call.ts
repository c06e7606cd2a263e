import { checkOptions, CoterieError, type OptionKinds } from "@coterie/interface";
import type { CallOptions, CreateOptions, ReadOptions, VersionOptions, WatchOptions } from "../session.ts";

const VERSION_ALONE = { version: "any" } as const;

/** The options of a call by name; "any" is what is looked at where it is used. */
export const CALL: OptionKinds<CallOptions> = { signal: "any", deadlineMs: "number" };
export const READ: OptionKinds<ReadOptions> = { ...CALL, consistency: "any", acceptSync: "boolean" };
export const VERSION: OptionKinds<VersionOptions> = { ...CALL, ...VERSION_ALONE };
export const CREATE: OptionKinds<CreateOptions> = {
  ...CALL,
  mode: "any",
  acl: "any",
  ttlMs: "any",
  parents: "boolean",
};
export const WATCH: OptionKinds<WatchOptions> = { ...CALL, recursive: "boolean", once: "boolean", bufferedMax: "any" };

/** Of what stands in a transaction, which has its options for the call at `commit`. */
export const VERSION_IN_TRANSACTION: OptionKinds<Pick<VersionOptions, "version">> = VERSION_ALONE;

/**
 * Options of a call, if there are any. A version that is given as ZooKeeper's clients take it, by itself, would be passed
 * over, and the write made whatever the version is. @throws CoterieError BAD_ARGUMENTS
 */
export function checkCall<Options>(method: string, options: Options | undefined, kinds: OptionKinds<Options>): void {
  if (options === undefined) return;
  if (typeof options === "number" && "version" in kinds) {
    throw new CoterieError("BAD_ARGUMENTS", `the options of ${method} are ${options}: give { version: ${options} }`);
  }
  checkOptions(method, options, kinds);
}
