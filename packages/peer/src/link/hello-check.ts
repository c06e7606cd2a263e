import { chooseVersion, type Hello, type HelloFrame, type VersionRange } from "@coterie/consensus";
import type { PeerId, RemoteIdentity } from "@coterie/interface";
import { isNamed } from "./named-host.ts";
import type { Refusal } from "./verdict.ts";

export interface HelloCheckOptions {
  readonly own: Hello;
  /** Who was looked for; null if anybody may come. */
  readonly expected: PeerId | null;
  readonly versions: VersionRange;
  readonly identity: RemoteIdentity;
  readonly hostsOf: ((peer: PeerId) => readonly string[]) | undefined;
}

export type HelloFound = { readonly version: number } | { readonly refusal: Refusal; readonly why: string };

const NAMES_SHOWN_MAX = 10;

/** The version to speak with who has sent this hello, or what stands against a link with it, whoever else is there. */
export function checkHello({ hello, ...theirs }: HelloFrame, options: HelloCheckOptions): HelloFound {
  const { own, expected, versions } = options;
  const version = chooseVersion(versions, theirs);
  if (version === null) {
    const ours = `${versions.versionMin} to ${versions.versionMax}`;
    const why = `it speaks versions ${theirs.versionMin} to ${theirs.versionMax}, this peer ${ours}`;
    return { refusal: "PEER_VERSION_UNSUPPORTED", why };
  }
  if (own.clusterId !== null && hello.clusterId !== null && own.clusterId !== hello.clusterId) {
    const why = `it belongs to cluster ${hello.clusterId}, this peer to ${own.clusterId}`;
    return { refusal: "PEER_CLUSTER_MISMATCH", why };
  }
  if (hello.peer === own.peer) {
    return { refusal: "PEER_ID_DUPLICATE", why: `it calls itself peer ${own.peer}, which this peer is` };
  }
  if (expected !== null && hello.peer !== expected) {
    return { refusal: "PEER_ID_MISMATCH", why: `it is peer ${hello.peer}, where peer ${expected} was looked for` };
  }
  const imposture = impostureOf(hello.peer, options);
  return imposture === null ? { version } : { refusal: "IDENTITY_REFUSED", why: imposture };
}

/** A certificate says who its holder is; that it is of the ensemble does not make it every peer of the ensemble. */
function impostureOf(peer: PeerId, { identity, hostsOf }: HelloCheckOptions): string | null {
  if (identity.kind !== "certificate") return null;
  const hosts = hostsOf?.(peer) ?? [];
  if (hosts.some((host) => isNamed(identity.names, host))) return null;
  const known =
    hosts.length === 0
      ? "of which no host is known here; observers are let in by observerHosts"
      : `which is known as ${hosts.join(", ")}`;
  return `its certificate is for ${namesText(identity.names)}, and not for peer ${peer}, ${known}`;
}

function namesText(names: readonly string[]): string {
  if (names.length === 0) return "no host";
  const shown = names.slice(0, NAMES_SHOWN_MAX).join(", ");
  return names.length > NAMES_SHOWN_MAX ? `${shown} and others` : shown;
}
