import { closeSync, openSync, writeSync } from "node:fs";

/** Milliseconds by a clock that all processes of this machine share. */
export function nowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Writes down what clients of this process do, line by line, each before it is done: what a process had asked for when it was
 * killed stands there without an end.
 */
export class Recorder {
  #file;

  /** @param {string} path */
  constructor(path) {
    this.#file = openSync(path, "a");
  }

  /** @param {object} event */
  write(event) {
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
  }

  close() {
    closeSync(this.#file);
  }
}
