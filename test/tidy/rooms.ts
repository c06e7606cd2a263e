/**
 * The dependency table: which package may import which. ARCHITECTURE.md prints it, package.json and tsconfig.json of
 * each package repeat their row, and the tests beside this file compare them all.
 */
export interface Room {
  readonly name: string;
  /** No clock, randomness, timer, promise, I/O, console or module state inside; compiled with no ambient types. */
  readonly pure: boolean;
  /** Not published. */
  readonly private: boolean;
  /** Packages of this repository by their folder, third-party packages by their name. */
  readonly mayImport: readonly string[];
}

function room(name: string, mayImport: readonly string[]): Room {
  return { name, pure: false, private: false, mayImport };
}

function pureRoom(name: string, mayImport: readonly string[]): Room {
  return { ...room(name, mayImport), pure: true };
}

const STORAGES = ["storage-level", "storage-classic-level", "storage-memory-level"];
const TRANSPORTS = ["transport-memory", "transport-tcp", "transport-ipc"];
const APPLICATION = ["interface", "platform", "session", "peer", "client", "recipes", ...STORAGES, ...TRANSPORTS];

export const ROOMS: readonly Room[] = [
  pureRoom("interface", []),
  pureRoom("protocol", ["interface"]),
  pureRoom("core", ["interface", "protocol"]),
  pureRoom("consensus", ["interface"]),
  room("platform", ["interface"]),
  room("session", ["interface", "platform", "protocol", "tiny-typed-emitter"]),
  room("peer", ["interface", "platform", "protocol", "core", "consensus", "session", "tiny-typed-emitter"]),
  room("client", ["interface", "platform", "protocol", "session"]),
  room("recipes", ["interface", "session"]),
  room("storage-level", ["interface", "abstract-level"]),
  room("storage-classic-level", ["storage-level", "classic-level"]),
  room("storage-memory-level", ["storage-level", "memory-level"]),
  room("transport-memory", ["interface"]),
  room("transport-tcp", ["interface"]),
  room("transport-ipc", ["interface", "transport-tcp"]),
  room("compliance", ["interface"]),
  room("testing", [...APPLICATION, "protocol", "core", "consensus", "compliance"]),
  { ...room("simulator", [...APPLICATION, "protocol", "core", "consensus", "compliance", "testing"]), private: true },
  room("coterie", [...APPLICATION, "testing", "classic-level"]),
];
