import { CoterieError, shownOf } from "@coterie/interface";

/**
 * A validator by the common interface of such libraries, https://standardschema.dev, version 1: those of zod, valibot and arktype
 * fit, and an own one is a few lines. `Input` is what is written, `Output` what `validate` makes of it.
 */
export interface StandardSchema<Input, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** What is wrong with a value, and where in it. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** @throws CoterieError BAD_ARGUMENTS */
export function checkSchema(name: string, schema: unknown): void {
  const standard = (schema as Partial<StandardSchema<unknown>> | null | undefined)?.["~standard"];
  if (typeof standard?.validate === "function") return;
  const wanted = 'an object with "~standard" (standardschema.dev), as those of zod, valibot and arktype are';
  throw new CoterieError("BAD_ARGUMENTS", `${name} is ${shownOf(schema)}, and has to be ${wanted}`);
}

/** `place: message`. */
export function shownIssue({ message, path = [] }: SchemaIssue): string {
  const place = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return place === "" ? message : `${place}: ${message}`;
}
