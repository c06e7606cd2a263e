import { checkPath, checkSequentialPath, pathError } from "./check-path.ts";

/** Every server refuses to delete them, and does not say why. */
const KEPT: ReadonlySet<string> = new Set(["/zookeeper", "/zookeeper/config", "/zookeeper/quota"]);

/**
 * The part of the tree that a session sees, as if it were all of it. "Own" paths are the session's, "full" paths the
 * ensemble's. Every own path is checked before it is made full: "x" behind "/app" would otherwise name "/appx".
 */
export interface Chroot {
  /** Empty for the whole tree. */
  readonly prefix: string;
  /** @throws CoterieError BAD_ARGUMENTS */
  toFull(own: string): string;
  /** Of what is created with a sequential mode, which may end with "/". @throws CoterieError BAD_ARGUMENTS */
  toFullSequential(own: string): string;
  /** Of what is deleted: not the root, nor what is the ensemble's own. @throws CoterieError BAD_ARGUMENTS */
  toFullDeletable(own: string): string;
  /** Null for what lies outside. */
  toOwn(full: string): string | null;
}

/** `path` as in options: "", "/" and undefined stand for the whole tree. @throws CoterieError BAD_ARGUMENTS */
export function createChroot(path: string = ""): Chroot {
  const prefix = path === "/" ? "" : path;
  if (prefix !== "") checkPath(prefix);
  return new PrefixChroot(prefix);
}

class PrefixChroot implements Chroot {
  readonly prefix: string;
  private readonly below: string;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.below = `${prefix}/`;
  }

  toFull(own: string): string {
    checkPath(own);
    if (this.prefix === "") return own;
    return own === "/" ? this.prefix : this.prefix + own;
  }

  toFullSequential(own: string): string {
    checkSequentialPath(own);
    // Not as above: "/" asks for a child of the root, whose name is the number alone.
    return this.prefix + own;
  }

  toFullDeletable(own: string): string {
    checkPath(own);
    if (own === "/") throw pathError(own, "is the root, which cannot be deleted");
    const full = this.prefix + own;
    if (KEPT.has(full)) throw pathError(own, "belongs to the ensemble, and cannot be deleted");
    return full;
  }

  toOwn(full: string): string | null {
    if (this.prefix === "") return full;
    if (full === this.prefix) return "/";
    return full.startsWith(this.below) ? full.slice(this.prefix.length) : null;
  }
}
