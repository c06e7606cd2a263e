import { spawn } from "node:child_process";
import { constants } from "node:os";
import { root } from "./paths.mjs";

/** The process could not do its work; the message says all there is to know, so no stack is printed. */
export class ScriptError extends Error {}

let interrupted = false;

/** Whether somebody wanted this process to end while a child ran: a script of several steps must not go on. */
export function isInterrupted() {
  return interrupted;
}

/**
 * Runs `command` without a shell and resolves to its exit code. Ctrl-C reaches the child by itself, being in the same
 * terminal group; this process outlives it to report how it ended.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, shell?: boolean }} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      shell: options.shell ?? false,
      stdio: "inherit",
    });
    const noteInterrupt = () => {
      interrupted = true;
    };
    const forwardTermination = () => {
      interrupted = true;
      child.kill("SIGTERM");
    };
    process.on("SIGINT", noteInterrupt);
    process.on("SIGTERM", forwardTermination);
    const restore = () => {
      process.off("SIGINT", noteInterrupt);
      process.off("SIGTERM", forwardTermination);
    };
    child.once("error", (error) => {
      restore();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      restore();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * Runs a JavaScript file with this Node.js.
 *
 * @param {string} file
 * @param {readonly string[]} [args]
 * @param {{ env?: Record<string, string>, cwd?: string, node?: string }} [options]
 */
export function runNode(file, args = [], { node = process.execPath, ...options } = {}) {
  return run(node, [file, ...args], options);
}

/**
 * Runs a script's main function and ends the process with the exit code it resolves to.
 *
 * @param {() => Promise<number>} main
 */
export function runMain(main) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      console.error(error instanceof ScriptError ? error.message : error);
      process.exitCode = 1;
    },
  );
}
