import type { AclEntry, AuthId, Command, CreateOp, MultiOp, SetWatchesCommand } from "../model/command.ts";
import { sessionOf } from "../model/command.ts";

/**
 * What a sequence is about. Version 3.8 answers exists without READ and so sets its watch too, which shows once the
 * ACL changes. So a sequence has either exists-watches and nodes that all may read, or no exists-watches.
 */
export type Flavour = "acls" | "exists-watches";

export interface Adapted {
  readonly commands: readonly Command[];
  /** What was left out or changed, and how often; the reasons are those of the table in README.md. */
  readonly adaptations: ReadonlyMap<string, number>;
}

/** Modes that a path can have in version 3.8: one a connection, the later one replacing the earlier. */
type WatchClass = "persistent" | "recursive" | "standard";

const WATCHER_TYPES_SINCE_3_9: readonly number[] = [4, 5];
const TYPES_OF_STANDARD_WATCHES: readonly number[] = [1, 2];
const READABLE: AclEntry = { perms: 1, scheme: "world", id: "anyone" };
/** An address that Linux has without configuration, for the identity of the pools that is not this host's. */
const OTHER_ADDRESS = "127.0.0.2";
const MAPPED_ADDRESSES: ReadonlyMap<string, string> = new Map([
  ["10.1.2.3", OTHER_ADDRESS],
  ["10.1.0.0/16", `${OTHER_ADDRESS}/32`],
]);

/** Turns a generated sequence into one on which version 3.8 and the semantics page agree. */
export function adaptSequence(commands: readonly Command[], flavour: Flavour): Adapted {
  const adaptations = new Map<string, number>();
  const note = (reason: string): void => void adaptations.set(reason, (adaptations.get(reason) ?? 0) + 1);
  const classes = createWatchClasses();
  const open = new Set<number>();
  const adapted: Command[] = [];
  for (const command of commands) {
    const session = sessionOf(command);
    if (session !== undefined && command.kind !== "openSession" && !open.has(session)) {
      note("session-not-open");
      continue;
    }
    if (session !== undefined && endsConnection(command)) classes.forget(session);
    if (command.kind === "openSession") open.add(command.session);
    if (command.kind === "closeSession") open.delete(command.session);
    const sendable = adaptOps(mapIdentities(command), note);
    const kept = sendable === undefined ? undefined : adaptCommand(sendable, flavour, classes, note);
    if (kept !== undefined) adapted.push(kept);
  }
  return { commands: adapted, adaptations };
}

function endsConnection({ kind }: Command): boolean {
  return kind === "openSession" || kind === "closeSession" || kind === "reconnect";
}

const FLAGS_OF_OPCODE: Readonly<Record<CreateOp["opcode"], readonly number[]>> = {
  create: [0, 1, 2, 3],
  create2: [0, 1, 2, 3],
  createContainer: [4],
  createTTL: [5, 6],
};
const FLAGS_MAX = 6;

/** A flag that no mode has is refused by both sides; one that belongs to another opcode is not (client-protocol 4.1). */
function isMismatch({ opcode, flags }: CreateOp): boolean {
  return flags >= 0 && flags <= FLAGS_MAX && !FLAGS_OF_OPCODE[opcode].includes(flags);
}

const QUOTA_NODE = /^\/zookeeper\/quota\/.+\/zookeeper_(limits|stats)$/;
const QUOTA_TEXT = /^([^=,;]+=+-?\d{1,18}([,;]+|$))*$/;

/** Version 3.8 throws on limits or usage that it cannot parse, in the middle of whatever write meets them. */
function isMalformedQuota({ path, data }: { readonly path: string; readonly data: Uint8Array | null }): boolean {
  return QUOTA_NODE.test(path) && (data === null || !QUOTA_TEXT.test(new TextDecoder().decode(data)));
}

/** The reason why a write is left out wherever it stands, or undefined. */
function reasonToDrop(op: MultiOp | Command): string | undefined {
  if (op.kind === "create" && isMismatch(op)) return "create-flags-mismatch";
  return (op.kind === "create" || op.kind === "setData") && isMalformedQuota(op) ? "malformed-quota" : undefined;
}

function adaptOps(command: Command, note: (reason: string) => void): Command | undefined {
  if (command.kind === "multi") return { ...command, ops: command.ops.flatMap((op) => adaptMultiOp(op, note)) };
  const read = withoutOddPaths(command, note);
  if (read === undefined) return undefined;
  const reason = reasonToDrop(command);
  if (reason === undefined) return read;
  note(reason);
  return undefined;
}

/** Version 3.8 takes the opcode of a create in a multi from its flags, so a create2 there is a create. */
function adaptMultiOp(op: MultiOp, note: (reason: string) => void): MultiOp[] {
  const isIllegal = op.kind === "create" && (op.flags < 0 || op.flags > FLAGS_MAX);
  const reason = isIllegal ? "illegal-flags-in-multi" : reasonToDrop(op);
  if (reason !== undefined) {
    note(reason);
    return [];
  }
  if (op.kind !== "create" || op.opcode !== "create2") return [op];
  note("create2-in-multi");
  return [{ ...op, opcode: "create" }];
}

interface WatchClasses {
  /** Whether the connection may watch the path in this class; takes note of it if so. */
  claim(session: number, path: string, wanted: WatchClass): boolean;
  of(session: number, path: string): WatchClass | undefined;
  forget(session: number): void;
}

function createWatchClasses(): WatchClasses {
  const claims = new Map<number, Map<string, WatchClass>>();
  return {
    claim(session, path, wanted) {
      const own = claims.get(session) ?? new Map<string, WatchClass>();
      claims.set(session, own);
      const present = own.get(path) ?? wanted;
      if (present !== wanted) return false;
      own.set(path, wanted);
      return true;
    },
    of: (session, path) => claims.get(session)?.get(path),
    forget: (session) => void claims.delete(session),
  };
}

/** The server keeps its root under the empty path too, so there a read of "" is a read of "/". */
function withoutOddPaths(command: Command, note: (reason: string) => void): Command | undefined {
  const keep = (path: string): boolean => {
    if (path === "") note("read-of-empty-path");
    return path !== "";
  };
  switch (command.kind) {
    case "exists":
      // The one read that looks at its path: this unit is a bad argument.
      if (command.path.includes("\u0000")) {
        note("exists-of-nul");
        return undefined;
      }
      return keep(command.path) ? command : undefined;
    case "getData":
    case "getChildren":
    case "getAcl":
    case "getAllChildrenNumber":
      return keep(command.path) ? command : undefined;
    case "multiRead":
      return { ...command, ops: command.ops.filter(({ path }) => keep(path)) };
    case "setWatches": {
      const { data, exist, child } = command;
      return { ...command, data: data.filter(keep), exist: exist.filter(keep), child: child.filter(keep) };
    }
    default:
      return command;
  }
}

function adaptCommand(
  command: Command,
  flavour: Flavour,
  classes: WatchClasses,
  note: (reason: string) => void,
): Command | undefined {
  switch (command.kind) {
    case "create":
    case "setAcl":
    case "multi":
      return flavour === "exists-watches" ? makeReadable(command) : command;
    case "exists":
    case "getData":
    case "getChildren": {
      if (!command.watch) return command;
      if (command.kind === "exists" && flavour === "acls") {
        note("exists-watch-with-acls");
        return { ...command, watch: false };
      }
      const watch = classes.claim(command.session, command.path, "standard");
      if (!watch) note("second-watch-mode");
      return { ...command, watch };
    }
    case "addWatch": {
      if (command.mode !== 0 && command.mode !== 1) return command;
      if (classes.claim(command.session, command.path, command.mode === 0 ? "persistent" : "recursive")) return command;
      note("second-watch-mode");
      return undefined;
    }
    case "setWatches":
      return adaptSetWatches(command, classes, note);
    case "checkWatches":
    case "removeWatches": {
      const present = classes.of(command.session, command.path) ?? "standard";
      const isNew = WATCHER_TYPES_SINCE_3_9.includes(command.type);
      const isBlunt = TYPES_OF_STANDARD_WATCHES.includes(command.type) && present !== "standard";
      if (!isNew && !isBlunt) return command;
      note(isNew ? "watcher-type-4-5" : "watcher-type-1-2-of-persistent");
      return undefined;
    }
    default:
      return command;
  }
}

function adaptSetWatches(
  command: SetWatchesCommand,
  classes: WatchClasses,
  note: (reason: string) => void,
): SetWatchesCommand {
  const filter = (paths: readonly string[], wanted: WatchClass): string[] =>
    paths.filter((path) => {
      const keep = classes.claim(command.session, path, wanted);
      if (!keep) note("second-watch-mode");
      return keep;
    });
  return {
    ...command,
    data: filter(command.data, "standard"),
    exist: filter(command.exist, "standard"),
    child: filter(command.child, "standard"),
    persistent: filter(command.persistent, "persistent"),
    persistentRecursive: filter(command.persistentRecursive, "recursive"),
  };
}

type CommandWithAcl = Extract<Command, { kind: "create" | "multi" | "setAcl" }>;

function makeReadable(command: CommandWithAcl): Command {
  if (command.kind !== "multi") return { ...command, acl: readable(command.acl) };
  return { ...command, ops: mapCreates(command.ops, readable) };
}

/** Invalid lists stay invalid. */
function readable(acl: readonly AclEntry[] | null): readonly AclEntry[] | null {
  if (acl === null || acl.length === 0) return acl;
  const isReadable = acl.some(({ perms, scheme, id }) => (perms & 1) !== 0 && scheme === "world" && id === "anyone");
  return isReadable ? acl : [...acl, READABLE];
}

function mapCreates(
  ops: readonly MultiOp[],
  map: (acl: readonly AclEntry[] | null) => readonly AclEntry[] | null,
): MultiOp[] {
  return ops.map((op) => (op.kind === "create" ? { ...op, acl: map(op.acl) } : op));
}

/** Gives the foreign address of the generator's pools a place on this host, in identities and in ACLs. */
function mapIdentities(command: Command): Command {
  switch (command.kind) {
    case "openSession":
    case "reconnect":
      return { ...command, auth: command.auth.map(mapAddress) };
    case "create":
    case "setAcl":
      return { ...command, acl: mapAddresses(command.acl) };
    case "multi":
      return { ...command, ops: mapCreates(command.ops, mapAddresses) };
    default:
      return command;
  }
}

function mapAddresses(acl: readonly AclEntry[] | null): readonly AclEntry[] | null {
  return acl === null ? null : acl.map(mapAddress);
}

function mapAddress<Entry extends AuthId>(entry: Entry): Entry {
  return entry.scheme === "ip" ? { ...entry, id: MAPPED_ADDRESSES.get(entry.id) ?? entry.id } : entry;
}
