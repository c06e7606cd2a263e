import { CoterieError } from "@coterie/interface";
import { lstatSync, unlinkSync } from "node:fs";
import { chmod, link, lstat, mkdtemp, rm, stat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { lockPath, mouldPrefix, unusable } from "./socket-address.ts";

/** Only the user that listens may connect. */
const SOCKET_MODE = 0o600;

/**
 * The way of a unix socket to its path. It is made in a folder that nobody else can enter, is given its mode there, and
 * only then gets its name: at no moment can another user connect. The umask would do the same but belongs to the
 * process, and worker threads may not touch it.
 */
export class SocketClaim {
  private readonly path: string;
  private readonly folder: string;
  private ownInode: bigint | null = null;

  private constructor(path: string, folder: string) {
    this.path = path;
    this.folder = folder;
  }

  /** Rejects with ADDRESS_IN_USE if somebody listens at `path`, with ADDRESS_UNUSABLE if nobody can. */
  static async begin(path: string): Promise<SocketClaim> {
    const prefix = mouldPrefix(path);
    const { kind } = await stateOf(path);
    if (kind === "other") throw noSocket(path);
    if (kind === "live") throw inUse(path);
    try {
      return new SocketClaim(path, await mkdtemp(prefix));
    } catch (error) {
      const folder = dirname(path);
      throw (await isMissing(folder))
        ? unusable(`the folder ${folder} of ${path} does not exist`, error)
        : unusable(`no socket can be made in the folder ${folder} (${codeOf(error)})`, error);
    }
  }

  /** Where the socket is to be made. */
  get mould(): string {
    return join(this.folder, "s");
  }

  /** Gives the socket, which listens already, its mode and its name. */
  async publish(): Promise<void> {
    try {
      await chmod(this.mould, SOCKET_MODE);
      this.ownInode = (await stat(this.mould, { bigint: true })).ino;
      await this.removeDead(this.path);
      // Unlike a rename, this fails if somebody else was faster.
      await link(this.mould, this.path);
    } catch (error) {
      if (error instanceof CoterieError) throw error;
      throw codeOf(error) === "EEXIST"
        ? inUse(this.path, error)
        : unusable(`no socket can be made at ${this.path}`, error);
    } finally {
      await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** Nothing has come of it. */
  async abandon(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }

  /**
   * Takes the name away, unless it is somebody else's by now. To be called while the socket still listens: once nobody
   * does, another may take its place between the look and the removal.
   */
  withdraw(): void {
    try {
      const { ino } = lstatSync(this.path, { bigint: true });
      if (ino === this.ownInode) unlinkSync(this.path);
    } catch {
      // It is gone, or out of reach.
    }
  }

  /**
   * Removes the socket at `path` if nobody listens to it. Several may want that at once, and the place may be taken anew
   * at any moment; to remove a name only while it means a certain file is beyond the file system. So a dead socket is
   * removed only by who holds the lock that is named after its inode: until then the name can mean nothing else. The lock
   * is a link to the holder's own socket, so that a lock whose holder died is a dead socket too, and is removed as such.
   */
  private async removeDead(path: string): Promise<void> {
    const seen = await stateOf(path);
    if (seen.kind === "none") return;
    if (seen.kind === "other") throw noSocket(path);
    if (seen.kind === "live") throw inUse(this.path);
    const lock = lockPath(this.path, seen.inode);
    await this.removeDead(lock);
    // Fails if somebody else was faster: they take the place, or have found it taken.
    await link(this.mould, lock);
    try {
      const held = await stateOf(path);
      // Who tidies up by hand may be faster.
      if (held.kind === "dead" && held.inode === seen.inode) await rm(path, { force: true });
    } finally {
      await unlink(lock);
    }
  }
}

interface SocketState {
  /** Whether somebody listens; "dead" is a socket to which nobody does, "other" is not a socket. */
  readonly kind: "none" | "dead" | "live" | "other";
  /** Of a dead one; otherwise 0. */
  readonly inode: bigint;
}

async function stateOf(path: string): Promise<SocketState> {
  let inode: bigint;
  try {
    const stats = await lstat(path, { bigint: true });
    if (!stats.isSocket()) return { kind: "other", inode: 0n };
    inode = stats.ino;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { kind: "none", inode: 0n };
    throw unusable(`${path} cannot be looked at`, error);
  }
  const code = await probe(path);
  // Reset: whoever listened has stopped since. To find out whether somebody does now is for the next attempt.
  if (code === null || code === "EAGAIN" || code === "ECONNRESET") return { kind: "live", inode: 0n };
  if (code === "ENOENT") return { kind: "none", inode: 0n };
  if (code === "ECONNREFUSED") return { kind: "dead", inode };
  throw unusable(`${path} is a socket of somebody else (${code})`);
}

/** Null if a connection came about, otherwise the code of the error. */
function probe(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(null);
    });
    socket.once("error", (error) => resolve(codeOf(error)));
  });
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return codeOf(error) === "ENOENT";
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

function noSocket(path: string): CoterieError {
  return unusable(`${path} exists and is not a socket`);
}

function inUse(path: string, cause?: unknown): CoterieError {
  return new CoterieError("ADDRESS_IN_USE", `Somebody listens at ${path}.`, cause === undefined ? {} : { cause });
}
