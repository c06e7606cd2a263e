/**
 * Curator's payload is of a Java class, whose name Jackson writes beside it: into an object as its `@class`, around anything else
 * as a pair of the name and the value. Text, numbers, booleans and null go without, and so may objects, which Curator then reads as maps.
 */
export interface HintedPayload {
  readonly payload: unknown;
  readonly payloadClass: string | null;
}

const HINT = "@class";
/** Curator reads an array only with its class. */
const LIST = "java.util.ArrayList";
/** `java.util.ArrayList`, `com.example.Outer$Inner`, `[B`, `[Ljava.lang.String;`. */
const CLASS_NAME = /^(?:\[+(?:[BCDFIJSZ]|L[\w$.]+;)|[\p{L}_$][\w$]*(?:\.[\p{L}_$][\w$]*)+)$/u;

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As it stands in the JSON. */
export function withHint({ payload, payloadClass }: HintedPayload): unknown {
  if (payload === null) return null;
  if (isPlainObject(payload)) return payloadClass === null ? payload : { [HINT]: payloadClass, ...payload };
  if (Array.isArray(payload)) return [payloadClass ?? LIST, payload];
  return payloadClass === null ? payload : [payloadClass, payload];
}

/** Whether an object says of itself what only `payloadClass` may say. */
export function hasHint(payload: unknown): boolean {
  return isPlainObject(payload) && Object.hasOwn(payload, HINT);
}

export function withoutHint(value: unknown): HintedPayload {
  if (Array.isArray(value)) {
    const [name, inner] = value as readonly unknown[];
    if (value.length !== 2 || typeof name !== "string" || !CLASS_NAME.test(name))
      return { payload: value, payloadClass: null };
    return { payload: inner, payloadClass: name };
  }
  if (!isPlainObject(value) || typeof value[HINT] !== "string") return { payload: value, payloadClass: null };
  const { [HINT]: payloadClass, ...payload } = value;
  return { payload, payloadClass };
}
