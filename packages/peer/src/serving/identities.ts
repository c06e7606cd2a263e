import type { AuthId } from "@coterie/core";
import type { AuthRequest, ClientInfo } from "@coterie/protocol";
import { createHash } from "node:crypto";
import { IDENTITIES_MAX, IDENTITIES_SIZE_MAX_BYTES } from "../limits.ts";

const SUPER: AuthId = { scheme: "super", id: "" };

/**
 * What the connection has proved to be with `request`, beside what it has before; null if it proves nothing
 * (client-protocol 9), or would be more than a connection may carry into each of its writes. An address and a certificate are proved by the connection itself.
 */
export function authenticate(
  request: AuthRequest,
  before: readonly AuthId[],
  superDigest: string | null,
): readonly AuthId[] | null {
  switch (request.scheme) {
    case "digest": {
      if (request.auth === null) return null;
      const id = digestIdOf(request.auth);
      const shown = [{ scheme: "digest", id }];
      const all = withAll(before, id === superDigest ? [SUPER, ...shown] : shown);
      return areTooMany(all) ? null : all;
    }
    case "ip":
    case "x509":
      return before.some(({ scheme }) => scheme === request.scheme) ? before : null;
    default:
      return null;
  }
}

/** `user:base64(sha1(user:password))`. Without a colon all of it is the user's name. */
export function digestIdOf(auth: Uint8Array): string {
  // As ZooKeeper does: what is no UTF-8 becomes U+FFFD before it is hashed.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(auth);
  const hash = createHash("sha1").update(text, "utf8").digest("base64");
  return `${userOf(text)}:${hash}`;
}

/** For whoAmI: nobody is shown a hash. */
export function clientInfoOf(identities: readonly AuthId[]): ClientInfo[] {
  return identities.map(({ scheme, id }) => ({ authScheme: scheme, user: scheme === "digest" ? userOf(id) : id }));
}

export function withAll(before: readonly AuthId[], more: readonly AuthId[]): readonly AuthId[] {
  const news = more.filter((one) => !before.some((other) => other.scheme === one.scheme && other.id === one.id));
  return news.length === 0 ? before : [...before, ...news];
}

/** How much they add to each write on its way to the leader. */
export function sizeOfIdentities(identities: readonly AuthId[]): number {
  return identities.reduce((bytes, { scheme, id }) => bytes + Buffer.byteLength(scheme) + Buffer.byteLength(id), 0);
}

function areTooMany(identities: readonly AuthId[]): boolean {
  return identities.length > IDENTITIES_MAX || sizeOfIdentities(identities) > IDENTITIES_SIZE_MAX_BYTES;
}

function userOf(text: string): string {
  const colon = text.indexOf(":");
  return colon < 0 ? text : text.slice(0, colon);
}
