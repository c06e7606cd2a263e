import { shownOf } from "@coterie/interface";
import type { Znode } from "@coterie/session";
import { shownIssue, type StandardSchema } from "../config/standard-schema.ts";
import { isPlainObject, withHint, withoutHint } from "./payload.ts";
import { fillIn, partsOf, templateOf, type UriPart } from "./uri-spec.ts";

/** DYNAMIC and DYNAMIC_SEQUENTIAL go with the session that has registered them; STATIC and PERMANENT stay. */
export type ServiceType = "DYNAMIC" | "STATIC" | "PERMANENT" | "DYNAMIC_SEQUENTIAL";

/** What an instance of a service says of itself. */
export interface ServiceRecord<Payload = unknown> {
  /** The service's. */
  readonly name: string;
  /** Unique among the service's instances. */
  readonly id: string;
  readonly address: string | null;
  readonly port: number | null;
  readonly sslPort: number | null;
  /** Null if there is none. */
  readonly payload: Payload | null;
  /** The Java class that the payload is of; null where none is named. */
  readonly payloadClass: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly registrationTimeUTC: number;
  readonly serviceType: ServiceType;
  /** As `{scheme}://{address}:{port}/`; see `uriOf`. */
  readonly uriSpec: string | null;
  /** Providers give only those that are. */
  readonly enabled: boolean;
}

/** One that is registered. */
export interface ServiceInstance<Payload = unknown> extends ServiceRecord<Payload> {
  readonly path: string;
  /** The czxid of its znode: larger than that of whatever was registered there before. */
  readonly token: number;
}

/**
 * The address that the instance's URI spec makes; null if it has none. Known are `scheme` (https where there is an sslPort),
 * `name`, `id`, `address`, `port`, `ssl-port`, `registration-time-utc` and `service-type`; `variables` go before them.
 */
export function uriOf(instance: ServiceRecord, variables: Readonly<Record<string, string>> = {}): string | null {
  return instance.uriSpec === null ? null : fillIn(instance.uriSpec, instance, variables);
}

/** As Curator's JsonInstanceSerializer writes it, whose older versions refuse `enabled`: it is written where it says something. */
export function encodeRecord(record: ServiceRecord): string {
  const { payload, payloadClass, uriSpec, enabled, ...plain } = record;
  return JSON.stringify({
    name: plain.name,
    id: plain.id,
    address: plain.address,
    port: plain.port,
    sslPort: plain.sslPort,
    payload: withHint({ payload, payloadClass }),
    registrationTimeUTC: plain.registrationTimeUTC,
    serviceType: plain.serviceType,
    uriSpec: uriSpec === null ? null : { parts: partsOf(uriSpec) },
    ...(enabled ? {} : { enabled }),
  });
}

const TYPES: readonly unknown[] = ["DYNAMIC", "STATIC", "PERMANENT", "DYNAMIC_SEQUENTIAL"];

export function isServiceType(value: unknown): value is ServiceType {
  return TYPES.includes(value);
}

/** What somebody has registered, be it with Curator. @throws CoterieError BAD_DATA */
export function decodeInstance<Payload>(
  path: string,
  znode: Znode,
  schema: StandardSchema<unknown, Payload> | null,
): ServiceInstance<Payload> {
  const read = (json: unknown): ServiceInstance<Payload> => {
    const fields = new Fields(json);
    const { payload, payloadClass } = withoutHint(fields.value("payload"));
    return {
      path,
      token: znode.stat.czxid,
      name: fields.text("name"),
      id: fields.text("id"),
      address: fields.textOrNull("address"),
      port: fields.integerOrNull("port"),
      sslPort: fields.integerOrNull("sslPort"),
      payload: payload === null || schema === null ? (payload as Payload | null) : validated(schema, payload),
      payloadClass,
      registrationTimeUTC: fields.integerOrNull("registrationTimeUTC") ?? 0,
      serviceType: fields.serviceType(),
      uriSpec: fields.uriSpec(),
      enabled: fields.enabled(),
    };
  };
  return znode.json({ parse: read });
}

function validated<Payload>(schema: StandardSchema<unknown, Payload>, payload: unknown): Payload {
  const result = schema["~standard"].validate(payload);
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new TypeError("its schema gives a promise, and has to answer at once");
  }
  if (result.issues === undefined) return result.value;
  throw new TypeError(result.issues.map(shownIssue).join("; "));
}

/** What is missing is null, as in Java. */
class Fields {
  private readonly json: Readonly<Record<string, unknown>>;

  constructor(json: unknown) {
    if (!isPlainObject(json)) throw new TypeError(`it is ${shownOf(json)}, and has to be an object`);
    this.json = json;
  }

  value(name: string): unknown {
    return Object.hasOwn(this.json, name) ? this.json[name] : null;
  }

  text(name: string): string {
    const value = this.value(name);
    return typeof value === "string" && value !== "" ? value : wrong(name, value, "a text");
  }

  textOrNull(name: string): string | null {
    const value = this.value(name);
    return value === null || typeof value === "string" ? value : wrong(name, value, "a text or null");
  }

  integerOrNull(name: string): number | null {
    const value = this.value(name);
    if (value === null || (typeof value === "number" && Number.isSafeInteger(value))) return value;
    return wrong(name, value, "an integer or null");
  }

  serviceType(): ServiceType {
    const value = this.value("serviceType") ?? "DYNAMIC";
    return isServiceType(value) ? value : wrong("serviceType", value, `one of ${TYPES.join(", ")}`);
  }

  enabled(): boolean {
    const value = this.value("enabled") ?? true;
    return typeof value === "boolean" ? value : wrong("enabled", value, "a boolean");
  }

  uriSpec(): string | null {
    const spec = this.value("uriSpec");
    if (spec === null) return null;
    const parts = isPlainObject(spec) ? spec["parts"] : undefined;
    if (!Array.isArray(parts) || !parts.every(isPart)) {
      return wrong("uriSpec", spec, "an object with parts, whose variables have no braces in their names");
    }
    return templateOf(parts);
  }
}

/** No template can name a variable with a brace in its name. */
function isPart(part: unknown): part is UriPart {
  if (!isPlainObject(part) || typeof part["value"] !== "string" || typeof part["variable"] !== "boolean") return false;
  return !part["variable"] || !/[{}]/.test(part["value"]);
}

function wrong(name: string, value: unknown, wanted: string): never {
  throw new TypeError(`${name} is ${shownOf(value)}, and has to be ${wanted}`);
}
