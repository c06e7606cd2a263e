import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { constants, Script } from "node:vm";
import { crc32 } from "node:zlib";

/** The checksums of what was compiled and of what came of it, behind that. */
const TRAILER_BYTES = 8;

/** A CommonJS module whose compiled form is kept in a file, so that the next process need not compile it. */
export interface KeptCode {
  /** Whether nothing had to be compiled. */
  readonly isFromFile: boolean;
  /** Runs it. @returns its exports */
  run(): unknown;
  /**
   * Keeps what is compiled by now, that is, what has been called, unless it came from the file. Takes some 20 ms. Where nothing can be
   * written nothing is kept: a start takes longer then, and that is all.
   */
  keep(): void;
}

/**
 * V8 believes what it is given but for its own version, its flags and the source's length, so both sides are under a checksum here.
 * Whoever can write to the file can have any code run: its place is beside the source, of which the same is true.
 *
 * @param path of a module that is ASCII
 */
export function loadKeptCode(path: string, keptPath: string): KeptCode {
  const source = readFileSync(path, "latin1");
  const sourceSum = crc32(source);
  const cachedData = readKept(keptPath, sourceSum);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === null ? {} : { cachedData }),
  });
  const isFromFile = cachedData !== null && script.cachedDataRejected === false;
  return {
    isFromFile,
    run: () => {
      const module = { exports: {} };
      const call = script.runInThisContext() as (...args: readonly unknown[]) => void;
      call(module.exports, createRequire(path), module, path, dirname(path));
      return module.exports;
    },
    keep: () => {
      if (!isFromFile) writeKept(keptPath, sourceSum, script.createCachedData());
    },
  };
}

/** Null if there is none, or none of this source. */
function readKept(path: string, sourceSum: number): Buffer | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return null;
  }
  const end = bytes.length - TRAILER_BYTES;
  if (end <= 0 || bytes.readUInt32LE(end) !== sourceSum) return null;
  const data = bytes.subarray(0, end);
  return bytes.readUInt32LE(end + 4) === crc32(data) ? data : null;
}

/** Whole, or not at all, whoever else writes it. */
function writeKept(path: string, sourceSum: number, data: Buffer): void {
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(sourceSum, 0);
  trailer.writeUInt32LE(crc32(data), 4);
  const draft = `${path}.${process.pid}.new`;
  try {
    writeFileSync(draft, Buffer.concat([data, trailer]), { mode: 0o644 });
    renameSync(draft, path);
  } catch {
    removeDraft(draft);
  }
}

function removeDraft(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its directory cannot be written to, so it is not there.
  }
}
