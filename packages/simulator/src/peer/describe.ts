import type { Effect, Input, Message } from "@coterie/consensus";
import { formatZxid } from "@coterie/interface";

const codes = new Map<string, number>();

/** A small number for a kind, for the trace's hash: of its text, so that it is the same in every process. */
export function kindCode(kind: string): number {
  const known = codes.get(kind);
  if (known !== undefined) return known;
  let code = 7;
  for (let index = 0; index < kind.length; index++) code = (Math.imul(code, 31) + kind.charCodeAt(index)) | 0;
  codes.set(kind, code);
  return code;
}

export function describeInput(input: Input): string {
  if (input.kind === "message") return `link ${input.link}: ${describeMessage(input.message)}`;
  return compact(input);
}

export function describeEffect(effect: Effect): string {
  if (effect.kind === "send") return `links ${effect.links.join(",")}: ${describeMessage(effect.message)}`;
  return compact(effect);
}

export function describeMessage(message: Message): string {
  return compact(message);
}

/** One line: bytes as their count, zxids as the tools print them, long lists by their ends. */
function compact(value: { readonly kind: string }): string {
  const { kind, ...rest } = value as { readonly kind: string } & Record<string, unknown>;
  const fields = Object.entries(rest).map(([name, field]) => `${name}=${textOf(field, name)}`);
  return [kind, ...fields].join(" ");
}

const ZXID_NAMES = new Set(["zxid", "lastZxid", "committed", "last", "after", "upTo", "truncateAfter", "acknowledged"]);

function textOf(value: unknown, name: string): string {
  if (value instanceof Uint8Array) return `${value.length}B`;
  if (typeof value === "number")
    return ZXID_NAMES.has(name) ? formatZxid(value as Parameters<typeof formatZxid>[0]) : `${value}`;
  if (Array.isArray(value)) {
    const items = value as unknown[];
    if (items.length <= 4) return `[${items.map((item) => textOf(item, name)).join(" ")}]`;
    return `[${textOf(items[0], name)} .. ${textOf(items.at(-1), name)}; ${items.length}]`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  const fields = Object.entries(value).map(([inner, field]) => `${inner}=${textOf(field, inner)}`);
  return `{${fields.join(" ")}}`;
}
