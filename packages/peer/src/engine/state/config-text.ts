import { checkVoters, type EnsembleConfig, type Voter } from "@coterie/consensus";
import { CoterieError, type PeerId, type Zxid } from "@coterie/interface";

/**
 * A voter set as the text of /zookeeper/config, in ZooKeeper's form (semantics 2.6): a line for each server, group and
 * weight, and the version, which is the zxid of the entry. The log says who votes and not where: every peer has to make the
 * same text, and addresses are each peer's own, so a server's host is `peer-` and its id, its ports are 0. Groups and
 * weights are named where they are not all 1.
 */
export function configText({ voters }: Pick<EnsembleConfig, "voters">, zxid: Zxid): string {
  const lines = voters.map(({ peer }) => `server.${peer}=peer-${peer}:0:0:participant`);
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
  const peers: number[] = [];
  for (const line of text.split("\n")) {
    const [, key, id, value] = /^(server|group|weight)\.(\d+)=(.+)$/.exec(line) ?? [];
    if (id === undefined || value === undefined) continue;
    if (key === "server") peers.push(Number(id));
    else if (key === "weight") weights.set(Number(id), Number(value));
    else for (const peer of value.split(":")) groups.set(Number(peer), Number(id));
  }
  try {
    return checkVoters(
      peers.map((peer) => ({ peer: peer as PeerId, weight: weights.get(peer) ?? 1, group: groups.get(peer) ?? 1 })),
    );
  } catch (error) {
    throw new CoterieError("CHECKPOINT_CORRUPT", "the text of /zookeeper/config names no voter set", { cause: error });
  }
}
