import { CoterieError } from "@coterie/interface";
import { decodeEnsembleConfig, type EnsembleConfig, type Voter } from "./ensemble-config.ts";

/** By what a founder's config, which is not this peer's, differs from it, in words for who configures both. */
export function foundingDifference(bytes: Uint8Array, ownVoters: readonly Voter[]): string {
  const theirs = decoded(bytes);
  if (theirs === null) return "its voter set cannot be read, perhaps since its version is another one";
  const { voters } = theirs;
  const [there, here] = [idsOf(voters), idsOf(ownVoters)];
  if (there !== here) return `the voters are ${there} there, and ${here} here`;
  const moved = voters.flatMap((voter, index) => {
    const [theirAddress, ownAddress] = [voter.address ?? "", ownVoters[index]!.address ?? ""];
    return theirAddress === ownAddress
      ? []
      : [`peer ${voter.peer} is at ${theirAddress} there, and at ${ownAddress} here`];
  });
  if (moved.length > 0) return `the voters are the same, their addresses are not: ${moved.join("; ")}`;
  return "the voters and their addresses are the same, their weights, groups or the cluster's id are not";
}

function decoded(bytes: Uint8Array): EnsembleConfig | null {
  try {
    return decodeEnsembleConfig(bytes);
  } catch (error) {
    if (!(error instanceof CoterieError)) throw error;
    return null;
  }
}

function idsOf(voters: readonly Voter[]): string {
  return voters.map(({ peer }) => peer).join(", ");
}
