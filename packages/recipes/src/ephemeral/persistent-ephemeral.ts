import { checkOptions, CoterieError, type OptionKinds, shownOf } from "@coterie/interface";
import { checkPath, type Data, type Session } from "@coterie/session";
import { checkOwnPath } from "../calls/check.ts";
import type { WaitOptions } from "../calls/wait.ts";
import { EphemeralKeeper } from "./ephemeral-keeper.ts";

export interface PersistentEphemeralOptions {
  /** What it begins with. Bytes are copied. Default: none. */
  readonly data?: Data | null;
  /**
   * With "ephemeral-sequential" the path is a prefix: a unique id goes before its last name, and a number behind it, which the
   * znode has again when it is made anew. Default: "ephemeral".
   */
  readonly mode?: "ephemeral" | "ephemeral-sequential";
}

/**
 * An ephemeral znode that this session keeps: it is made anew when somebody deletes it, or its parent, for as long as the session
 * lives. What shall outlive sessions is kept within `sustain`.
 */
export interface PersistentEphemeral extends AsyncDisposable {
  /** Null until the number of a sequential one is known. */
  readonly path: string | null;
  /** The czxid of the znode that is there, as far as is known: each that is made anew has a larger one. Null while there is none. */
  readonly token: number | null;
  /**
   * Aborted as soon as this process knows that it is kept no more: it was released, its session is lost, or the server refuses
   * what no patience mends, as NO_AUTH. The reason is a CoterieError NOT_HELD, whose `cause` says why.
   */
  readonly signal: AbortSignal;
  /** Resolves when the znode is there, with the data that it was given. Rejects when it is kept no more. */
  ready(options?: WaitOptions): Promise<void>;
  /**
   * Resolves when `data`, or what was set behind it, stands in the znode. Giving up does not take it back: it is written as soon
   * as that can be, and it is what the znode has when it is made anew. Rejects with what no patience mends, as QUOTA_EXCEEDED, and
   * so do those before it that were not written yet; what stood there before is kept then.
   */
  set(data: Data | null, options?: WaitOptions): Promise<void>;
  /** Lets go, once: resolves when the znode is gone, or its session, tried for as long as that takes. */
  release(): Promise<void>;
}

const OPTIONS: OptionKinds<PersistentEphemeralOptions> = { data: "any", mode: "string" };
const MODES = ["ephemeral", "ephemeral-sequential"];

/**
 * Keeps an ephemeral znode at `path`, as Curator's PersistentNode does. What is missing above is made, as containers are.
 *
 * A znode of that name that another session owns is waited out, and never taken for this one's: mostly it is that of this
 * application's former session, which has not expired yet (SE-12). One that this very session owns is taken over. Of one that
 * this session has kept there before, the release is waited for.
 * @throws CoterieError BAD_ARGUMENTS, also for a path that this session keeps already
 */
export function createPersistentEphemeral(
  session: Session,
  path: string,
  options: PersistentEphemeralOptions = {},
): PersistentEphemeral {
  checkOptions("a persistent ephemeral", options, OPTIONS);
  const { data, mode = "ephemeral" } = options;
  if (!MODES.includes(mode)) {
    throw new CoterieError("BAD_ARGUMENTS", `mode is ${shownOf(mode)}, and has to be one of ${MODES.join(", ")}`);
  }
  const isSequential = mode === "ephemeral-sequential";
  // A number comes behind it.
  if (isSequential) checkPath(`${path}0`);
  else checkOwnPath(path);
  return new EphemeralKeeper(session, path, data, isSequential);
}
