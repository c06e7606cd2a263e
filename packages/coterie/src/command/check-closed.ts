import { CoterieError } from "@coterie/interface";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { lockHolder } from "./lock-holder.ts";

/** @throws Error if there is no such directory, or if a peer has its store open and this machine says so. */
export async function checkClosed(location: string): Promise<void> {
  const found = await stat(location).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new Error(`there is no directory ${location}`);
    throw error;
  });
  if (!found.isDirectory()) throw new Error(`${location} is no directory: name the one that the store is in`);
  const holder = await lockHolder(join(location, "db", "LOCK"));
  if (holder !== null) {
    throw new CoterieError(
      "STORE_LOCKED",
      `the process ${holder} has the store in ${location} open: stop that peer first`,
    );
  }
}
