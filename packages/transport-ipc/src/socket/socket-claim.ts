import { CoterieError } from "@coterie/interface";
import { chmod, link, lstat, mkdtemp, rename, rm, stat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { mouldPrefix, unusable } from "./socket-address.ts";

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
    const state = await stateOf(path);
    if (state === "other") throw unusable(`${path} exists and is not a socket`);
    if (state === "live") throw inUse(path);
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
      await this.removeStale();
      // Unlike a rename, this fails if somebody else was faster.
      await link(this.mould, this.path);
      this.ownInode = (await stat(this.path, { bigint: true })).ino;
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

  /** Takes the name away, unless it is somebody else's by now. */
  async withdraw(): Promise<void> {
    try {
      const { ino } = await lstat(this.path, { bigint: true });
      if (ino === this.ownInode) await unlink(this.path);
    } catch {
      // It is gone, or out of reach.
    }
  }

  /**
   * Removes what a process that died has left. Another process may do so at the same time, and have put its own socket
   * there since: what is at the path is moved out of everybody's reach first, and put back if somebody listens to it.
   */
  private async removeStale(): Promise<void> {
    if ((await stateOf(this.path)) === "none") return;
    const old = join(this.folder, "o");
    try {
      await rename(this.path, old);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return;
      throw error;
    }
    if ((await stateOf(old)) !== "live") return;
    await link(old, this.path).catch(() => undefined);
    throw inUse(this.path);
  }
}

/** Whether somebody listens at a path; "dead" is a socket to which nobody listens. */
async function stateOf(path: string): Promise<"none" | "dead" | "live" | "other"> {
  try {
    const stats = await lstat(path);
    if (!stats.isSocket()) return "other";
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "none";
    throw unusable(`${path} cannot be looked at`, error);
  }
  const code = await probe(path);
  if (code === null || code === "EAGAIN") return "live";
  if (code === "ENOENT") return "none";
  if (code === "ECONNREFUSED") return "dead";
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

function inUse(path: string, cause?: unknown): CoterieError {
  return new CoterieError("ADDRESS_IN_USE", `Somebody listens at ${path}.`, cause === undefined ? {} : { cause });
}
