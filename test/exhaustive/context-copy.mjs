// What a peer's consensus holds, as a value: to go on from it twice, and to see that two ways lead to the same.
import { assert } from "../../packages/interface/dist/index.js";

/** What never changes while a peer lives, or is only ever replaced as a whole. */
const SHARED = new Set(["options", "quorum", "config", "hardState", "durable", "promise", "hello", "notification"]);
/** What has no influence on what comes next: constant, told already, or derived from the rest. */
const UNTOLD = new Set([
  "options",
  "quorum",
  "config",
  "roleTold",
  "effects",
  "voterSetDigest",
  "limits",
  "windowSizeBytes",
]);

/** A copy that shares nothing that changes. Nothing may be under way that only a closure knows. */
export function copyContext(context) {
  assert(context.readings.size === 0, "readings are answered within the turn");
  return copy(context, new Map());
}

function copy(value, copies) {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list = [];
    copies.set(value, list);
    for (const item of value) list.push(copy(item, copies));
    return list;
  }
  if (value instanceof Map) {
    const map = new Map();
    copies.set(value, map);
    for (const [key, item] of value) map.set(key, copy(item, copies));
    return map;
  }
  const clone = Object.create(Object.getPrototypeOf(value));
  copies.set(value, clone);
  for (const key of Object.keys(value)) clone[key] = SHARED.has(key) ? value[key] : copy(value[key], copies);
  return clone;
}

/** The same text for the same state. Maps count by their keys: their order only orders messages to different peers. */
export function describe(value) {
  if (typeof value === "number") return `${value}`;
  if (typeof value === "string") return `"${value}"`;
  if (typeof value !== "object" || value === null) return value === true ? "t" : value === false ? "f" : "-";
  if (value instanceof Uint8Array) return `x${value.join(".")}`;
  if (Array.isArray(value)) return `[${value.map(describe).join()}]`;
  if (value instanceof Map) {
    const items = [...value].toSorted(([one], [other]) => one - other);
    return `{${items.map(([key, item]) => `${key}:${describe(item)}`).join()}}`;
  }
  let text = "(";
  for (const key of Object.keys(value)) {
    if (UNTOLD.has(key)) continue;
    // A link stands whole in the list of links, and elsewhere by its number.
    text += key === "link" || key === "byPeer" ? `${linkIn(value[key])};` : `${describe(value[key])};`;
  }
  return `${text})`;
}

function linkIn(value) {
  if (value instanceof Map)
    return [...value.values()]
      .map((link) => link.id)
      .toSorted((one, other) => one - other)
      .join("/");
  return typeof value === "object" && value !== null ? value.id : describe(value);
}
