import { CoterieError, shownOf } from "@coterie/interface";
import {
  CREATE_MODES,
  type CreateModeTraits,
  type CreateRequest,
  type CreateTtlRequest,
  TTL_MAX_MS,
} from "@coterie/protocol";
import type { Chroot } from "../path/chroot.ts";
import type { CreateMode, CreateOptions, Data } from "../session.ts";
import { wireAclOf } from "./acl.ts";
import { bytesOf } from "./data.ts";

const TRAITS: Readonly<Record<CreateMode, CreateModeTraits>> = Object.freeze({
  persistent: CREATE_MODES.PERSISTENT,
  "persistent-sequential": CREATE_MODES.PERSISTENT_SEQUENTIAL,
  ephemeral: CREATE_MODES.EPHEMERAL,
  "ephemeral-sequential": CREATE_MODES.EPHEMERAL_SEQUENTIAL,
  container: CREATE_MODES.CONTAINER,
  ttl: CREATE_MODES.PERSISTENT_WITH_TTL,
  "ttl-sequential": CREATE_MODES.PERSISTENT_SEQUENTIAL_WITH_TTL,
});

export type CreateBody = CreateRequest | CreateTtlRequest;

const NO_OPTIONS: CreateOptions = Object.freeze({});

/** The request that makes what is asked for: each mode has its opcode (client-protocol 4.1). @throws CoterieError BAD_ARGUMENTS */
export function createBodyOf(
  chroot: Chroot,
  path: string,
  data: Data | null | undefined,
  options: Pick<CreateOptions, "mode" | "acl" | "ttlMs"> = NO_OPTIONS,
): CreateBody {
  const { mode = "persistent", ttlMs } = options;
  if (!Object.hasOwn(TRAITS, mode)) {
    throw new CoterieError("BAD_ARGUMENTS", `mode is one of ${Object.keys(TRAITS).join(", ")}, not ${shownOf(mode)}`);
  }
  const { flags, sequential, container, ttl } = TRAITS[mode];
  const request = {
    path: sequential ? chroot.toFullSequential(path) : chroot.toFull(path),
    data: bytesOf(data),
    acl: wireAclOf(options.acl),
    flags,
  };
  if (ttl) return { kind: "createTTL", ...request, ttlMs: checkedTtl(mode, ttlMs) };
  if (ttlMs !== undefined) {
    throw new CoterieError("BAD_ARGUMENTS", `ttlMs goes with the modes "ttl" and "ttl-sequential", not with "${mode}"`);
  }
  return { kind: container ? "createContainer" : "create2", ...request };
}

/** An empty persistent znode at a full path. */
export function emptyZnodeBody(path: string): CreateBody {
  return { kind: "create2", path, data: new Uint8Array(0), acl: wireAclOf(undefined), flags: TRAITS.persistent.flags };
}

function checkedTtl(mode: CreateMode, ttlMs: number | undefined): number {
  if (ttlMs === undefined) throw new CoterieError("BAD_ARGUMENTS", `the mode "${mode}" needs ttlMs`);
  if (Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= TTL_MAX_MS) return ttlMs;
  throw new CoterieError("BAD_ARGUMENTS", `ttlMs is an integer in 1..${TTL_MAX_MS}, not ${shownOf(ttlMs)}`);
}
