import { readFileSync, writeFileSync } from "node:fs";

const SIZE_BYTES = 8;

/** By how much a process's wall clock is wrong from now on. In place: the process has the file mapped. @param {string} file @param {number} offsetMs */
export function setClockOffset(file, offsetMs) {
  const bytes = Buffer.alloc(SIZE_BYTES);
  bytes.writeBigInt64LE(BigInt(offsetMs));
  writeFileSync(file, bytes, { flag: "r+" });
}

/** The file of a clock that is right. @param {string} file */
export function createClock(file) {
  writeFileSync(file, Buffer.alloc(SIZE_BYTES), { flag: "wx" });
}

/** @param {string} file */
export function readClockOffset(file) {
  return Number(readFileSync(file).readBigInt64LE());
}
