import { CoterieError } from "@coterie/interface";
import { callIsolated, type Znode } from "@coterie/session";
import type { StandardSchema } from "../config/standard-schema.ts";
import { decodeInstance, type ServiceInstance } from "./service-instance.ts";

/** Told of a znode that is no instance, or whose payload the schema refuses: it is left out. */
export type BadInstanceListener = (path: string, error: CoterieError) => void;

/** Of how many it is remembered that they were told of, where they are read anew: the oldest are forgotten. */
const TOLD_MAX = 1_000;

/** Reads instances; what cannot be read is told once for each state of its znode. */
export class InstanceReader<Payload> {
  private readonly schema: StandardSchema<unknown, Payload> | null;
  private readonly listener: BadInstanceListener;
  /** Null for what is none, which was told. */
  private readonly read = new WeakMap<Znode, ServiceInstance<Payload> | null>();
  private readonly told = new Map<string, number>();

  constructor(schema: StandardSchema<unknown, Payload> | null, listener: BadInstanceListener | null) {
    this.schema = schema;
    this.listener = listener ?? warn;
  }

  /** Null for what is none. */
  instanceOf(path: string, znode: Znode): ServiceInstance<Payload> | null {
    let instance = this.read.get(znode);
    if (instance === undefined) {
      instance = this.decode(path, znode);
      this.read.set(znode, instance);
    }
    return instance;
  }

  private decode(path: string, znode: Znode): ServiceInstance<Payload> | null {
    try {
      return decodeInstance(path, znode, this.schema);
    } catch (error) {
      const { cause } = error as Error;
      const why = cause instanceof Error ? cause.message : "it holds no JSON";
      const message = `${path} is no instance of a service: ${why}`;
      this.tell(path, znode.stat.mzxid, new CoterieError("BAD_DATA", message, { path, cause: error }));
      return null;
    }
  }

  private tell(path: string, mzxid: number, error: CoterieError): void {
    if (this.told.get(path) === mzxid) return;
    // The newest last.
    this.told.delete(path);
    this.told.set(path, mzxid);
    const [oldest] = this.told.keys();
    if (this.told.size > TOLD_MAX && oldest !== undefined) this.told.delete(oldest);
    callIsolated([this.listener], this, [path, error], "a listener of bad instances failed");
  }
}

function warn(_path: string, error: CoterieError): void {
  process.emitWarning(error.message, { type: "CoterieWarning", detail: String(error.cause) });
}
