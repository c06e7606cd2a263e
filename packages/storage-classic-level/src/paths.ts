import { join } from "node:path";

/** LevelDB's own directory inside of a store's; nothing else is in it. */
export function databasePath(location: string): string {
  return join(location, "db");
}

export function sidecarPath(location: string): string {
  return join(location, "sidecar");
}
