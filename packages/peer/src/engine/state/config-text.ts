import { checkVoters, type EnsembleConfig, type Voter } from "@coterie/consensus";
import { CoterieError, type PeerId, type Zxid } from "@coterie/interface";

/** What ZooKeeper's clients can read as the host and port of a server. */
const HOST_AND_PORT = /^((?:\[[^\]]+\]|[^:;|\s]+)):(\d+)$/;
const SERVER_LINE = /^server\.(\d+)=((?:\[[^\]]+\]|[^:;|\s]+):\d+):\d+:participant$/;
const OTHER_LINE = /^(group|weight|address)\.(\d+)=(.+)$/;

/**
 * A voter set as the text of /zookeeper/config, in ZooKeeper's form (semantics 2.6): a line for each server, group and
 * weight, and the version, which is the zxid of the entry. Addresses are those that the cluster was founded with, the same at
 * every peer. One that is no `host:port` stands in a line of its own, and the server's host is then `peer-` and its id; so does one that
 * would read like that.
 * Groups and weights are named where they are not all 1.
 */
export function configText({ voters }: Pick<EnsembleConfig, "voters">, zxid: Zxid): string {
  const lines = voters.map(({ peer, address = "" }) => {
    const [, host = `peer-${peer}`, port = "0"] = HOST_AND_PORT.exec(address) ?? [];
    return `server.${peer}=${host}:${port}:${port}:participant`;
  });
  for (const { peer, address = "" } of voters) {
    const isTold = address === "" || (HOST_AND_PORT.test(address) && address !== `peer-${peer}:0`);
    if (!isTold) lines.push(`address.${peer}=${address}`);
  }
  const groups = [...new Set(voters.map(({ group }) => group))].sort((one, other) => one - other);
  if (groups.some((group) => group !== 1)) {
    for (const group of groups) {
      const members = voters.filter((voter) => voter.group === group).map(({ peer }) => peer);
      lines.push(`group.${group}=${members.join(":")}`);
    }
  }
  for (const { peer, weight } of voters) if (weight !== 1) lines.push(`weight.${peer}=${weight}`);
  lines.push(`version=${zxid.toString(16)}`);
  return lines.join("\n");
}

/**
 * The voters that `configText` has told.
 *
 * @throws CoterieError CHECKPOINT_CORRUPT for other text.
 */
export function votersOfConfigText(text: string): readonly Voter[] {
  const weights = new Map<number, number>();
  const groups = new Map<number, number>();
  const addresses = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [, server, place = ""] = SERVER_LINE.exec(line) ?? [];
    if (server !== undefined) addresses.set(Number(server), place === `peer-${server}:0` ? "" : place);
    const [, key, id, value = ""] = OTHER_LINE.exec(line) ?? [];
    if (key === "address") addresses.set(Number(id), value);
    else if (key === "weight") weights.set(Number(id), Number(value));
    else if (key === "group") for (const peer of value.split(":")) groups.set(Number(peer), Number(id));
  }
  try {
    return checkVoters(
      [...addresses].map(([peer, address]) => {
        return { peer: peer as PeerId, weight: weights.get(peer) ?? 1, group: groups.get(peer) ?? 1, address };
      }),
    );
  } catch (error) {
    throw new CoterieError("CHECKPOINT_CORRUPT", "the text of /zookeeper/config names no voter set", { cause: error });
  }
}
