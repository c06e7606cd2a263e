import { CoterieError } from "./coterie-error.ts";
import { shownOf } from "./shown-of.ts";

/** A type, as `typeof` says it, but that an object is neither null nor an array; "any" is left to another check. */
export type OptionKind = "string" | "number" | "boolean" | "function" | "object" | "any";

/** What there is in an interface of options. */
export type OptionKinds<Options> = Readonly<Record<keyof Options, OptionKind>>;

/**
 * For options that may come from where types are not checked: a misspelt one would be left out without a word. An option that
 * is undefined stands for one that is not there.
 *
 * @throws CoterieError BAD_ARGUMENTS for what is no object, for a name that is not in `kinds`, which it lists, and for a
 * value of another type. `whose` says whose options these are.
 */
export function checkOptions(whose: string, given: unknown, kinds: Readonly<Record<string, OptionKind>>): void {
  if (kindOf(given) !== "object") {
    throw bad(`the options of ${whose} are ${shownOf(given)}, and have to be an object with any of ${namesIn(kinds)}`);
  }
  const options = given as Readonly<Record<string, unknown>>;
  for (const name in options) {
    const value = options[name];
    if (value === undefined) continue;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw bad(`${shownOf(name)} is no option of ${whose}; there are ${namesIn(kinds)}`);
    if (kind !== "any" && kindOf(value) !== kind) {
      throw bad(`${name} of ${whose} is ${shownOf(value)}, and has to be ${kind === "object" ? "an" : "a"} ${kind}`);
    }
  }
}

/** @throws CoterieError BAD_ARGUMENTS unless `value` is an integer in `min`..`max`, which it gives. */
export function checkInteger(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw bad(`${name} must be an integer in ${min}..${max}, not ${shownOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function namesIn(kinds: Readonly<Record<string, OptionKind>>): string {
  return Object.keys(kinds).join(", ");
}

function bad(message: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", message);
}
