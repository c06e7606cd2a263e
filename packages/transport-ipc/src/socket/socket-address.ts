import { CoterieError, shownOf } from "@coterie/interface";
import { dirname, isAbsolute, join } from "node:path";

/** What the operating system keeps of a path: `sun_path` of Linux, without its final zero, and of the others. */
const PATH_SIZE_MAX_BYTES = process.platform === "linux" ? 107 : 103;
const PIPE_PREFIX = /^\\\\[.?]\\pipe\\[^\\]/i;
const PIPE_SIZE_MAX_BYTES = 256;

/** Characters that `mkdtemp` appends. */
const RANDOM_SIZE_BYTES = 6;
/** The folder's name, and the socket in it. */
const MOULD_SIZE_BYTES = "/.".length + RANDOM_SIZE_BYTES + "/s".length;
/** No name that `mkdtemp` makes up. */
const LOCK_PREFIX = ".~";
const LOCK_RADIX = 36;
const INODE_MAX = 2n ** 64n - 1n;
const LOCK_SIZE_BYTES = `/${LOCK_PREFIX}`.length + INODE_MAX.toString(LOCK_RADIX).length;
/** What is made beside a socket for a while is a socket too. */
const BESIDE_SIZE_BYTES = Math.max(MOULD_SIZE_BYTES, LOCK_SIZE_BYTES);

export const isWindows: boolean = process.platform === "win32";

/**
 * The path of a unix socket, or the name of a pipe, as it was given.
 *
 * @throws CoterieError ADDRESS_UNUSABLE if it is none, or longer than the operating system can hold.
 */
export function checkSocketAddress(address: string): string {
  // It may come from where types are not checked.
  if (typeof address !== "string") throw unusable(`${shownOf(address)} is not text`);
  if (isWindows) return checkPipeName(address);
  const shown = JSON.stringify(address);
  if (!isAbsolute(address) || address.endsWith("/")) throw unusable(`${shown} is not the absolute path of a socket`);
  if (address.includes("\0")) throw unusable(`${shown} has a zero in it: sockets without a file have no mode either`);
  const sizeBytes = Buffer.byteLength(address);
  if (sizeBytes > PATH_SIZE_MAX_BYTES) {
    throw unusable(`${shown} is ${sizeBytes} bytes long; a socket's path has at most ${PATH_SIZE_MAX_BYTES}`);
  }
  return address;
}

/**
 * Where the folder goes in which the socket for `path` is made, as `mkdtemp` wants it: beside it, since a socket can be
 * moved only within a file system.
 *
 * @throws CoterieError ADDRESS_UNUSABLE if the folder's path is too long for that.
 */
export function mouldPrefix(path: string): string {
  const folder = dirname(path);
  const sizeMaxBytes = PATH_SIZE_MAX_BYTES - BESIDE_SIZE_BYTES;
  if (Buffer.byteLength(folder) > sizeMaxBytes) {
    throw unusable(`the folder of ${JSON.stringify(path)} has a path longer than ${sizeMaxBytes} bytes`);
  }
  // Not join, which would take the dot away.
  return folder.endsWith("/") ? `${folder}.` : `${folder}/.`;
}

/** The lock that whoever removes the socket `inode` in the folder of `path` has to hold. */
export function lockPath(path: string, inode: bigint): string {
  return join(dirname(path), `${LOCK_PREFIX}${inode.toString(LOCK_RADIX)}`);
}

export function unusable(what: string, cause?: unknown): CoterieError {
  return new CoterieError("ADDRESS_UNUSABLE", `Cannot be used: ${what}.`, cause === undefined ? {} : { cause });
}

function checkPipeName(address: string): string {
  const shown = JSON.stringify(address);
  if (!PIPE_PREFIX.test(address)) throw unusable(`${shown} does not begin as the name of a pipe, \\\\.\\pipe\\name`);
  if (address.length > PIPE_SIZE_MAX_BYTES) throw unusable(`${shown} is longer than ${PIPE_SIZE_MAX_BYTES} characters`);
  return address;
}
