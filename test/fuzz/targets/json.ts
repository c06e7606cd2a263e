import { deepStrictEqual } from "node:assert";
import { decodeError, decodeRequest } from "../../../packages/coterie/src/command/admin/admin-protocol.ts";
import { readJsonConfig } from "../../../packages/coterie/src/command/config/json-config.ts";
import { CRON_RECORD } from "../../../packages/recipes/src/cron/record.ts";
import { hasHint } from "../../../packages/recipes/src/discovery/payload.ts";
import {
  decodeInstance,
  encodeRecord,
  type ServiceInstance,
  uriOf,
} from "../../../packages/recipes/src/discovery/service-instance.ts";
import { createZnode } from "../../../packages/session/src/records/znode.ts";
import { accepted, type Outcome, refused } from "../outcome.ts";
import { decodedOrRefused } from "../refused.ts";

const STAT = {
  czxid: 1,
  mzxid: 1,
  ctimeMs: 0,
  mtimeMs: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 0,
  numChildren: 0,
  pzxid: 1,
} as unknown as Parameters<typeof createZnode>[2];

/** The first byte picks what is kept or asked as JSON; the rest is that. */
const READERS: readonly ((bytes: Uint8Array) => Outcome)[] = [
  function discovery(bytes) {
    const znode = createZnode("/services/a/1", bytes, STAT);
    const instance = decodedOrRefused("BAD_DATA", () => decodeInstance("/services/a/1", znode, null));
    if (typeof instance === "string") return jsonRefused(instance);
    const again = createZnode("/services/a/1", Buffer.from(encodeRecord(instance)), STAT);
    const read = decodeInstance("/services/a/1", again, null);
    deepStrictEqual(comparable(read), comparable(instance));
    return accepted(`instance ${instance.serviceType} ${instance.uriSpec === null} ${typeof instance.payload}`);
  },
  function cron(bytes) {
    const znode = createZnode("/cron", bytes, STAT);
    const record = decodedOrRefused("BAD_DATA", () => znode.json(CRON_RECORD));
    return typeof record === "string" ? jsonRefused(record) : accepted(`run ${record.outcome} ${typeof record.slot}`);
  },
  function adminRequest(bytes) {
    const request = decodedOrRefused("BAD_ARGUMENTS", () => decodeRequest(bytes));
    return typeof request === "string" ? request : accepted(`request ${typeof request.bytesPerSecond}`);
  },
  function adminError(bytes) {
    const { code, message } = decodeError(bytes);
    deepStrictEqual(typeof message, "string");
    return code === "SYSTEM_ERROR" ? refused("admin error") : accepted(`error ${code}`);
  },
  function config(bytes) {
    try {
      readJsonConfig("coterie.json", () => Buffer.from(bytes).toString("utf8"));
      return accepted("config");
    } catch (error) {
      // It tells the operator what is wrong, in one of its own; what JavaScript throws by itself has another name.
      if (error instanceof Error && error.name === "Error") return refused("config");
      throw error;
    }
  },
];

export function fuzz(input: Uint8Array): Outcome {
  return READERS[(input[0] ?? 0) % READERS.length]!(new Uint8Array(input.subarray(1)));
}

/** Without what JSON or Java does not tell apart: blanks around a variable's name, a list without its class, minus zero. */
function comparable(instance: ServiceInstance): unknown {
  const payload = hasHint(instance.payload) ? null : instance.payload;
  return JSON.parse(JSON.stringify({ ...instance, payload, payloadClass: null, uriSpec: uriOf(instance) }));
}

/** What JSON.parse says quotes the input as it likes. */
function jsonRefused(outcome: Outcome): Outcome {
  return outcome.includes("does not hold JSON") ? refused("no JSON") : outcome;
}
