import { existsSync } from "node:fs";
import { tmpdir } from "node:os";

/** A folder in memory where there is one: thousands of stores are opened. */
export const PLACES: string = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
