#!/usr/bin/env node
import { join } from "node:path";
import { loadKeptCode } from "./kept-code.ts";
import type { runCommand } from "./run-command.ts";

/** What a start calls has been called by then. */
const KEEP_AFTER_MS = 5000;

const { version, arch, platform } = process;
const code = loadKeptCode(
  join(import.meta.dirname, "command.cjs"),
  join(import.meta.dirname, `compiled-${platform}-${arch}-${version}.cache`),
);
const command = code.run() as { readonly runCommand: typeof runCommand };

void command.runCommand(() => {
  // The name is that of Node.js, whose later versions can do the same.
  if (process.env["NODE_DISABLE_COMPILE_CACHE"] !== undefined) return;
  let isKept = false;
  const keep = (): void => {
    if (!isKept) code.keep();
    isKept = true;
  };
  setTimeout(keep, KEEP_AFTER_MS).unref();
  process.once("exit", keep);
});
