import type { CoterieError } from "@coterie/interface";
import type { SchemaIssue } from "./standard-schema.ts";

/** What has become of a configuration. */
export type ConfigEvent<Output> =
  /** It was set, if to the same. `previous` is undefined where there was no good value before. */
  | { readonly kind: "changed"; readonly value: Output; readonly previous: Output | undefined; readonly zxid: number }
  /** What it was set to is refused, for these reasons; the value stays as it was. `error` is BAD_DATA. */
  | {
      readonly kind: "bad";
      readonly error: CoterieError;
      readonly issues: readonly SchemaIssue[];
      readonly zxid: number;
    }
  /** There is no such znode, or no longer; the value stays as it was. `error` is NO_NODE. */
  | { readonly kind: "missing"; readonly error: CoterieError }
  /** In place of what has come before: it is so now, as `value` and `error` of the configuration say. */
  | { readonly kind: "reset"; readonly value: Output | undefined; readonly error: CoterieError | null };
