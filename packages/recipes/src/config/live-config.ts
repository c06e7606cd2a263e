import { checkOptions, CoterieError, type OptionKinds } from "@coterie/interface";
import type { Session, Znode } from "@coterie/session";
import { createNodeCache, type NodeCache } from "../cache/node-cache.ts";
import type { ChangesOptions } from "../changes/readers.ts";
import { onAbort } from "../calls/on-abort.ts";
import { orAborted } from "../calls/or-aborted.ts";
import { persist } from "../calls/retry.ts";
import { type WaitOptions, waiting } from "../calls/wait.ts";
import type { ConfigEvent } from "./config-event.ts";
import { ConfigState } from "./config-state.ts";
import { ConfigWriter, type Current, type Next } from "./config-writer.ts";
import { checkFormat, type ConfigFormat, type ConfigRules, type Good, goodOf, judge, stringify } from "./rules.ts";
import { checkSchema, type StandardSchema } from "./standard-schema.ts";

export interface LiveConfigOptions<Input, Output> {
  /** What it has to be. */
  readonly schema: StandardSchema<Input, Output>;
  /** Its value until there is a good one; taken as it is. Default: none. */
  readonly initial?: Output;
  /** Default: JSON. */
  readonly format?: ConfigFormat;
  /** An abort ends it, as `close` does; the reason is then ABORTED, whose `cause` is the signal's. */
  readonly signal?: AbortSignal;
}

/** What is written; or what makes it of what stands there, again if somebody else was faster. */
export type ConfigChange<Input> = Input | ((current: Input) => Input | Promise<Input>);

/**
 * A configuration that all who use it see change, and that is never anything but what its schema takes. It lives on one session,
 * and ends with it; the value stays.
 */
export interface LiveConfig<Input, Output = Input> extends AsyncDisposable {
  readonly path: string;
  /**
   * The last good value. Until there is one: `initial`, or it throws `error`, and before `ready` BAD_DATA.
   * @throws CoterieError
   */
  readonly value: Output;
  /** What is wrong with what stands there now: BAD_DATA, or NO_NODE if nothing does. Null if nothing is wrong. */
  readonly error: CoterieError | null;
  /**
   * Resolves when there is a value: the first one, or `initial`. Rejects with `error` where that is wrong and there is no
   * `initial`; it is followed all the same. Rejects with the reason of `signal` if that comes first.
   */
  readonly ready: Promise<void>;
  /** Aborted when it ends, as that of a cache. */
  readonly signal: AbortSignal;
  /** As of a cache. @throws CoterieError BAD_ARGUMENTS */
  changes(options?: ChangesOptions): AsyncIterableIterator<ConfigEvent<Output>, undefined>;
  /**
   * Writes, once, also where an answer is lost, and resolves with the value that this makes, which `value` then is, or a later one. What the
   * schema refuses is not written: BAD_DATA. A function is given what stands there as it is written, which has passed the schema;
   * it rejects with BAD_DATA where that is not good, and with NO_NODE where nothing is; what it throws, this rejects with. A value
   * replaces what stands there, whatever it is; the znode is created if it is missing, and what is missing above it.
   *
   * For that a small ephemeral znode stands below the path, or beside it, for a moment: it takes the permissions to create and delete.
   * Of what this rejects with, the `outcome` says whether it may have been written: "unknown" where the session was lost, or the
   * wait was given up, before that was found out.
   */
  update(change: ConfigChange<Input>, options?: WaitOptions): Promise<Output>;
  /** Stops watching. Resolves at once; never rejects. */
  close(): Promise<void>;
}

const OPTIONS: OptionKinds<LiveConfigOptions<unknown, unknown>> = {
  schema: "any",
  initial: "any",
  format: "any",
  signal: "any",
};

/**
 * The configuration that stands at `path`. Begins at once; the znode need not exist.
 * @throws CoterieError BAD_ARGUMENTS
 */
export function createLiveConfig<Input, Output = Input>(
  session: Session,
  path: string,
  options: LiveConfigOptions<Input, Output>,
): LiveConfig<Input, Output> {
  checkOptions("createLiveConfig", options, OPTIONS);
  const { schema, format = JSON, signal } = options;
  checkSchema("schema", schema);
  checkFormat(format);
  const cache = createNodeCache(session, path, signal === undefined ? {} : { signal });
  return new ZnodeConfig(session, cache, { path, schema, format }, options.initial);
}

class ZnodeConfig<Input, Output> implements LiveConfig<Input, Output> {
  readonly path: string;
  readonly ready: Promise<void>;
  private readonly session: Session;
  private readonly cache: NodeCache;
  private readonly rules: ConfigRules<Input, Output>;
  private readonly writer: ConfigWriter;
  private readonly state: ConfigState<Output>;
  private isClosed = false;

  constructor(session: Session, cache: NodeCache, rules: ConfigRules<Input, Output>, initial: Output | undefined) {
    const { path } = rules;
    this.path = path;
    this.session = session;
    this.cache = cache;
    this.rules = rules;
    this.writer = new ConfigWriter(session, path);
    this.state = new ConfigState(path, initial);
    this.ready = orAborted(cache.signal, new Promise((resolve, reject) => void this.follow(resolve, reject)));
    // Who does not ask for it hears of the end by the signal.
    this.ready.catch(() => undefined);
    if (cache.signal.aborted) this.ended();
    else onAbort(cache.signal, () => this.ended());
  }

  get value(): Output {
    const { state, path } = this;
    if (state.current !== null) return state.current.value;
    throw state.error ?? new CoterieError("BAD_DATA", `${path} has not been read yet: wait for ready`, { path });
  }

  get error(): CoterieError | null {
    return this.state.error;
  }

  get signal(): AbortSignal {
    return this.cache.signal;
  }

  changes(options: ChangesOptions = {}): AsyncIterableIterator<ConfigEvent<Output>, undefined> {
    return this.state.readers.open(options, this.state.hasBegun);
  }

  update(change: ConfigChange<Input>, options: WaitOptions = {}): Promise<Output> {
    return waiting(this.session, `updating ${this.path}`, options, async (signal) => {
      this.signal.throwIfAborted();
      const { rules } = this;
      const next = async ({ data }: Current): Promise<Next<Good<Output>>> => {
        const text = await orAborted(signal, textOf(rules, change, data));
        // As it will be read: what a format leaves out is left out here, too.
        return { text, made: goodOf(await orAborted(signal, judge(rules, text))) };
      };
      const { stat, made } = await this.writer.write(next, signal);
      if (stat === null) await this.readAgain(signal);
      else this.state.apply(made, stat.mzxid);
      return made.value;
    });
  }

  close(): Promise<void> {
    this.isClosed = true;
    return this.cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One verdict at a time: what changes meanwhile is looked at behind it, and only as it is by then. */
  private async follow(resolve: () => void, reject: (error: unknown) => void): Promise<void> {
    const { cache, state } = this;
    try {
      for await (const _ of cache.changes({ waitingMax: 1 })) {
        if (cache.value !== null) await this.look(cache.value);
        else if (cache.isInitialised) state.missing();
        if (!cache.isInitialised) continue;
        if (state.current === null) reject(state.error);
        else resolve();
      }
    } catch {
      // The signal tells.
    }
  }

  private async look({ data, stat }: Znode): Promise<void> {
    if (this.state.isOld(stat.mzxid)) return;
    const verdict = await orAborted(this.signal, judge(this.rules, data));
    this.state.apply(verdict, stat.mzxid);
  }

  /** For what was written, though the answer was lost. Where that fails it is read as any other change. */
  private async readAgain(signal: AbortSignal): Promise<void> {
    const { session, path } = this;
    try {
      await this.look(await persist(session, () => session.get(path, { signal }), signal));
    } catch {
      // It was written all the same.
    }
  }

  private ended(): void {
    this.state.readers.end(this.isClosed ? { kind: "closed" } : { kind: "failed", error: this.signal.reason });
  }
}

async function textOf<Input, Output>(
  rules: ConfigRules<Input, Output>,
  change: ConfigChange<Input>,
  data: Uint8Array | null | undefined,
): Promise<string> {
  if (typeof change !== "function") return stringify(rules, change);
  const { path } = rules;
  if (data === undefined) {
    throw new CoterieError("NO_NODE", `there is no configuration at ${path} to make another one of`, { path });
  }
  const { parsed } = goodOf(await judge(rules, data));
  // A function is no value of a configuration, whatever the format.
  const compute = change as (current: Input) => Input | Promise<Input>;
  return stringify(rules, await compute(parsed as Input));
}
