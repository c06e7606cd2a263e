import { deepStrictEqual, ok } from "node:assert";
import { isIP } from "node:net";
import { parseConnectString } from "../../../packages/client/src/connect-string.ts";
import { isIpInRange, isIpRange } from "../../../packages/core/src/acl/ip-range.ts";
import { isAclId } from "../../../packages/core/src/acl/schemes.ts";
import { isValidPath } from "../../../packages/core/src/path/validate-path.ts";
import { formatUsage, parseQuota } from "../../../packages/core/src/quota/quota-text.ts";
import { parseServerLine } from "../../../packages/coterie/src/command/config/server-line.ts";
import { decodeCount, encodeCount } from "../../../packages/recipes/src/counter/format.ts";
import { parsePlaceName } from "../../../packages/recipes/src/queue/place-name.ts";
import { parseAddress, formatAddress } from "../../../packages/transport-memory/src/address.ts";
import { formatTcpAddress, parseTcpAddress } from "../../../packages/transport-tcp/src/tcp-address.ts";
import { accepted, type Outcome, refused } from "../outcome.ts";
import { decodedOrRefused } from "../refused.ts";

const IPV4_MAPPED = "::ffff:10.1.2.3";
const LABELS = ["lock-", "__WRIT__"];

/** The first byte picks what is written as text, or in a few bytes, and read by a rule of its own; the rest is that. */
const READERS: readonly ((text: string, bytes: Uint8Array) => Outcome)[] = [
  function connectString(text) {
    const target = decodedOrRefused("BAD_ARGUMENTS", () => parseConnectString(text));
    if (typeof target === "string") return target;
    deepStrictEqual(parseConnectString(target.addresses.join(",") + (target.chroot ?? "")), target);
    return accepted(
      `connect string of ${Math.min(target.addresses.length, 5)}${target.chroot === undefined ? "" : " with a chroot"}`,
    );
  },
  function tcpAddress(text) {
    const address = decodedOrRefused("ADDRESS_UNUSABLE", () => parseTcpAddress(text));
    if (typeof address === "string") return refused("tcp address");
    deepStrictEqual(parseTcpAddress(formatTcpAddress(address.host, address.port)), address);
    return accepted(`tcp address${text.startsWith("[") ? " in brackets" : ""}`);
  },
  function memoryAddress(text) {
    const address = parseAddress(text);
    if (address === null) return refused("memory address");
    deepStrictEqual(parseAddress(formatAddress(address)), address);
    return accepted("memory address");
  },
  function path(text) {
    if (!isValidPath(text)) return refused("path");
    ok(
      text === "/" ||
        text
          .slice(1)
          .split("/")
          .every((name) => !["", ".", ".."].includes(name)),
    );
    return accepted(`path of ${Math.min(text.split("/").length, 9)}`);
  },
  function quota(_text, bytes) {
    const numbers = parseQuota(bytes);
    const usage = parseQuota(formatUsage(bytes, 12, 34));
    deepStrictEqual([usage.count, usage.bytes], [12, 34]);
    const isSet = Object.values(numbers).map((value) => value !== -1);
    return isSet.includes(true) ? accepted(`quota ${isSet.join(" ")}`) : refused("quota");
  },
  function ipRange(text) {
    isIpInRange(IPV4_MAPPED, text);
    if (!isIpRange(text)) {
      deepStrictEqual(isIpInRange("10.1.2.3", text), false);
      return refused("ip range");
    }
    const [address = ""] = text.split("/");
    // Node.js knows no zeros before a number, and few zones.
    ok(isIP(plainOf(address)) !== 0, "an address is one");
    ok(isIpInRange(address, text), "an address is in its own range");
    return accepted(`ip range ${text.includes(":")} ${text.includes("/")}`);
  },
  function aclId(text) {
    const [scheme = "", ...id] = text.split(":");
    return isAclId(scheme, id.join(":")) ? accepted(`acl id of ${scheme}`) : refused("acl id");
  },
  function placeName(text) {
    const place = parsePlaceName(text, LABELS);
    if (place === null) return refused("place name");
    ok(Number.isSafeInteger(place.sequence));
    return accepted(`place name ${place.label}`);
  },
  function count(_text, bytes) {
    const format = ((bytes[0] ?? 0) & 1) === 0 ? "text" : "int64";
    const value = decodedOrRefused("BAD_DATA", () => ({ of: decodeCount(bytes.subarray(1), format, "/count") }));
    if (typeof value === "string") return value;
    if (value.of === null) return accepted(`no ${format}`);
    const again = encodeCount(value.of, format);
    deepStrictEqual(decodeCount(typeof again === "string" ? Buffer.from(again) : again, format, "/count"), value.of);
    return accepted(format);
  },
  function serverLine(text) {
    const line = parseServerLine(1, text);
    return line === null ? refused("server line") : accepted(`server line ${Object.keys(line).length}`);
  },
];

function plainOf(address: string): string {
  return address.replace(/%.*$/s, "").replaceAll(/(?<=^|[.:])0+(?=\d)/g, "");
}

export function fuzz(input: Uint8Array): Outcome {
  const bytes = new Uint8Array(input.subarray(1));
  return READERS[(input[0] ?? 0) % READERS.length]!(Buffer.from(bytes).toString("utf8"), bytes);
}
