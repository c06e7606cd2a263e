import { root } from "./paths.mjs";
import { runNode } from "./run.mjs";

const modules = `${root}node_modules/`;

/** The JavaScript entry point of each development tool; started by `node`, they need no shell on any platform. */
export const TOOLS = {
  oxfmt: `${modules}oxfmt/bin/oxfmt`,
  oxlint: `${modules}oxlint/bin/oxlint`,
  tsc: `${modules}typescript/bin/tsc`,
  vitest: `${modules}vitest/vitest.mjs`,
};

/**
 * @param {keyof typeof TOOLS} tool
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, node?: string }} [options]
 */
export function runTool(tool, args, options) {
  return runNode(TOOLS[tool], args, options);
}
