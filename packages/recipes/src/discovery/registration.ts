import { checkInteger, checkOptions, CoterieError, type OptionKinds, shownOf } from "@coterie/interface";
import type { Session } from "@coterie/session";
import type { PersistentEphemeral } from "../ephemeral/persistent-ephemeral.ts";
import { checkName } from "../calls/check.ts";
import { orAborted } from "../calls/or-aborted.ts";
import { type WaitOptions, waiting } from "../calls/wait.ts";
import { hasHint } from "./payload.ts";
import { encodeRecord, isServiceType, type ServiceRecord } from "./service-instance.ts";
import { partsOf } from "./uri-spec.ts";

/** What of a registered instance may change. */
export interface ServiceUpdate<Payload = unknown> {
  readonly address?: string | null;
  readonly port?: number | null;
  readonly sslPort?: number | null;
  /** What JSON can say. Curator reads an object as a map, unless `payloadClass` names a class. */
  readonly payload?: Payload | null;
  /** The Java class as which Curator shall read the payload. */
  readonly payloadClass?: string | null;
  /** A template of the instance's address, as `{scheme}://{address}:{port}/`. */
  readonly uriSpec?: string | null;
  /** Default: true. Providers leave a disabled instance out. */
  readonly enabled?: boolean;
}

export interface ServiceRequest<Payload = unknown> extends ServiceUpdate<Payload> {
  /** The service's. */
  readonly name: string;
  /** Unique among the service's instances. Default: a random one. */
  readonly id?: string;
  /** Default: "DYNAMIC". What would outlive the session cannot be registered here. */
  readonly serviceType?: "DYNAMIC" | "DYNAMIC_SEQUENTIAL";
}

/** An instance that is registered for as long as the session lives: who deletes its znode does not end it. */
export interface Registration<Payload = unknown> extends AsyncDisposable {
  /** What was registered last, or is about to be. */
  readonly record: ServiceRecord<Payload>;
  readonly path: string;
  /** The czxid of its znode; null while there is none, as when somebody has just deleted it. */
  readonly token: number | null;
  /** Aborted as soon as this process knows that it is registered no more; as that of a `PersistentEphemeral`. */
  readonly signal: AbortSignal;
  /**
   * Resolves when the others can see it. What is not named stays as it is. Giving up does not take it back. What the server
   * refuses, as with QUOTA_EXCEEDED, is left out of later updates.
   */
  update(changes: ServiceUpdate<Payload>, options?: WaitOptions): Promise<void>;
  /** Once: resolves when the znode is gone, or its session, tried for as long as that takes. */
  release(): Promise<void>;
}

const UPDATE: OptionKinds<ServiceUpdate> = {
  address: "any",
  port: "any",
  sslPort: "any",
  payload: "any",
  payloadClass: "any",
  uriSpec: "any",
  enabled: "boolean",
};
const REQUEST: OptionKinds<ServiceRequest> = { name: "string", id: "string", serviceType: "string", ...UPDATE };

const PORT_MAX = 65_535;

/** @throws CoterieError BAD_ARGUMENTS */
export function recordOf<Payload>(request: ServiceRequest<Payload>, wallTimeMs: number): ServiceRecord<Payload> {
  checkOptions("register", request, REQUEST);
  const { name, id = crypto.randomUUID(), serviceType = "DYNAMIC", ...rest } = request;
  if (!isServiceType(serviceType) || !serviceType.startsWith("DYNAMIC")) {
    const hint = "DYNAMIC or DYNAMIC_SEQUENTIAL: what outlives a session is a znode to be created without one";
    throw bad(`serviceType is ${shownOf(serviceType)}, and has to be ${hint}`);
  }
  const none = { address: null, port: null, sslPort: null, payload: null, payloadClass: null, uriSpec: null };
  const blank = { ...none, name: checkName("name", name), id: checkName("id", id), serviceType, enabled: true };
  return updated({ ...blank, registrationTimeUTC: wallTimeMs }, rest);
}

/** @throws CoterieError BAD_ARGUMENTS */
export function updated<Payload>(
  record: ServiceRecord<Payload>,
  changes: ServiceUpdate<Payload>,
): ServiceRecord<Payload> {
  checkOptions("update", changes, UPDATE);
  const named = Object.entries(changes).filter(([, value]) => value !== undefined);
  const changed = { ...record, ...(Object.fromEntries(named) as ServiceUpdate<Payload>) } as ServiceRecord<Payload>;
  for (const name of ["address", "payloadClass", "uriSpec"] as const) {
    const value: unknown = changed[name];
    if (value !== null && (typeof value !== "string" || value === ""))
      throw bad(`${name} is ${shownOf(value)}, and has to be text, or null`);
  }
  for (const name of ["port", "sslPort"] as const)
    if (changed[name] !== null) checkInteger(name, changed[name], 0, PORT_MAX);
  if (changed.uriSpec !== null) partsOf(changed.uriSpec);
  if (hasHint(changed.payload)) throw bad(`the payload has a field "@class": give payloadClass`);
  return { ...changed, payload: asJson(changed.payload) };
}

/** What the others get: what JSON makes of it. */
function asJson<Payload>(payload: Payload | null): Payload | null {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch (cause) {
    throw new CoterieError("BAD_ARGUMENTS", "the payload is nothing that JSON can say", { cause });
  }
  if (text === undefined) throw bad("the payload is nothing that JSON can say");
  return JSON.parse(text) as Payload | null;
}

function bad(message: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", message);
}

export class KeptRegistration<Payload> implements Registration<Payload> {
  record: ServiceRecord<Payload>;
  /** What stood in the znode last, as far as is known. */
  private good: ServiceRecord<Payload>;
  private readonly session: Session;
  private readonly kept: PersistentEphemeral;

  constructor(session: Session, record: ServiceRecord<Payload>, kept: PersistentEphemeral) {
    this.session = session;
    this.record = record;
    this.good = record;
    this.kept = kept;
  }

  get path(): string {
    // Known from when it was there first, which is waited for.
    return this.kept.path ?? "";
  }

  get token(): number | null {
    return this.kept.token;
  }

  get signal(): AbortSignal {
    return this.kept.signal;
  }

  update(changes: ServiceUpdate<Payload>, options: WaitOptions = {}): Promise<void> {
    return waiting(this.session, `updating ${this.path}`, options, async (signal) => {
      this.signal.throwIfAborted();
      await orAborted(signal, this.write(updated(this.record, changes)));
    });
  }

  /** The next update begins with this one, as long as it is not refused: giving up does not take it back. */
  private async write(record: ServiceRecord<Payload>): Promise<void> {
    this.record = record;
    try {
      await this.kept.set(encodeRecord(record));
      this.good = record;
    } catch (error) {
      // Those that were built on it are refused with it.
      if (this.record === record) this.record = this.good;
      throw error;
    }
  }

  release(): Promise<void> {
    return this.kept.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}
