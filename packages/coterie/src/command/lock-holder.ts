import { readFile, stat } from "node:fs/promises";

/**
 * The process that holds a lock of `path`, as Linux tells; null if none does, or nobody tells. The file is neither opened nor locked:
 * either may take the lock from whoever has it.
 */
export async function lockHolder(path: string): Promise<number | null> {
  try {
    const [{ dev, ino }, locks] = await Promise.all([stat(path, { bigint: true }), readFile("/proc/locks", "utf8")]);
    return findHolder(locks, dev, ino);
  } catch {
    // There is no such file, or no such list.
    return null;
  }
}

/** In lines such as `1: POSIX  ADVISORY  WRITE 693 fe:00:10054001 0 EOF`: device numbers are hexadecimal, the inode is not. */
export function findHolder(locks: string, dev: bigint, ino: bigint): number | null {
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  const file = `${hex(major)}:${hex(minor)}:${ino}`;
  for (const line of locks.split("\n")) {
    const [, holder, locked] = /^\d+: \S+\s+\S+\s+WRITE\s+(\d+)\s+(\S+)/.exec(line) ?? [];
    if (locked === file) return Number(holder);
  }
  return null;
}

function hex(number: bigint): string {
  return number.toString(16).padStart(2, "0");
}
