import { CoterieError, shownOf } from "@coterie/interface";
import { type SchemaIssue, shownIssue, type StandardSchema } from "./standard-schema.ts";

/** How text stands for values: JSON's own two functions, or others', as those of the package yaml. */
export interface ConfigFormat {
  /** Throws for what it does not understand. */
  parse(text: string): unknown;
  stringify(value: unknown): string;
}

/** What a configuration has to be, and how it is written. */
export interface ConfigRules<Input, Output> {
  readonly path: string;
  readonly schema: StandardSchema<Input, Output>;
  readonly format: ConfigFormat;
}

export interface Good<Output> {
  readonly kind: "good";
  readonly value: Output;
  /** What the schema has made the value of. */
  readonly parsed: unknown;
}

/** What data was found to be. */
export type Verdict<Output> =
  | Good<Output>
  | { readonly kind: "bad"; readonly error: CoterieError; readonly issues: readonly SchemaIssue[] };

const ISSUES_SHOWN_MAX = 3;

/** What is no UTF-8 is bad data, rather than data with other characters in it. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** @throws CoterieError BAD_ARGUMENTS */
export function checkFormat(format: unknown): void {
  const given = (format ?? {}) as Partial<Record<keyof ConfigFormat, unknown>>;
  if (typeof given.parse === "function" && typeof given.stringify === "function") return;
  throw new CoterieError(
    "BAD_ARGUMENTS",
    `format is ${shownOf(format)}, and has to have parse and stringify, as JSON has`,
  );
}

/** Never rejects. */
export async function judge<Input, Output>(
  { path, schema, format }: ConfigRules<Input, Output>,
  data: Uint8Array | string | null,
): Promise<Verdict<Output>> {
  if (data === null) return bad(path, [{ message: "there is no data" }]);
  let parsed: unknown;
  try {
    parsed = format.parse(typeof data === "string" ? data : utf8.decode(data));
  } catch (cause) {
    return bad(path, [{ message: messageOf(cause) }], cause);
  }
  try {
    const result = await schema["~standard"].validate(parsed);
    if (result.issues !== undefined) return bad(path, result.issues);
    return { kind: "good", value: result.value, parsed };
  } catch (cause) {
    return bad(path, [{ message: `the schema has failed: ${messageOf(cause)}` }], cause);
  }
}

/** @throws CoterieError BAD_DATA */
export function goodOf<Output>(verdict: Verdict<Output>): Good<Output> {
  if (verdict.kind === "bad") throw verdict.error;
  return verdict;
}

/** @throws CoterieError BAD_DATA */
export function stringify(
  { path, format }: Pick<ConfigRules<never, unknown>, "path" | "format">,
  value: unknown,
): string {
  let cause: unknown;
  try {
    const text: unknown = format.stringify(value);
    if (typeof text === "string") return text;
  } catch (error) {
    cause = error;
  }
  const why = cause === undefined ? "" : `: ${messageOf(cause)}`;
  throw new CoterieError("BAD_DATA", `the format cannot write ${shownOf(value)}${why}`, { path, cause });
}

function bad(path: string, issues: readonly SchemaIssue[], cause?: unknown): Verdict<never> {
  const shown = issues.slice(0, ISSUES_SHOWN_MAX).map(shownIssue);
  if (issues.length > ISSUES_SHOWN_MAX) shown.push(`and ${issues.length - ISSUES_SHOWN_MAX} more`);
  const error = new CoterieError("BAD_DATA", `the data of ${path} is refused: ${shown.join("; ")}`, { path, cause });
  return { kind: "bad", error, issues };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
