import { type CoterieError, shownOf } from "@coterie/interface";

const HOW = "partition takes groups of ids, as partition([1], [2, 3])";

/**
 * The groups that the network is to be parted into: those that are named, or the only one and all others.
 *
 * @throws what `bad` makes of a message
 */
export function groupsOf(
  groups: readonly (readonly number[])[],
  all: readonly number[],
  bad: (message: string) => CoterieError,
): readonly (readonly number[])[] {
  const named = new Set<number>();
  for (const group of groups) {
    // It may come from where types are not checked.
    if (!Array.isArray(group)) throw bad(`${HOW}, and was given ${shownOf(group)}`);
    if (group.length === 0) throw bad(`${HOW}; a group names nobody`);
    for (const id of group as readonly number[]) {
      if (!all.includes(id)) throw bad(`there is no peer ${shownOf(id)}; there are ${all.join(", ")}`);
      if (named.has(id)) throw bad(`${HOW}; peer ${id} stands twice`);
      named.add(id);
    }
  }
  if (groups.length === 0) throw bad(`${HOW}; nobody is named`);
  if (groups.length > 1) return groups;
  const others = all.filter((id) => !named.has(id));
  if (others.length === 0) throw bad(`${HOW}; this names everybody, and nobody is left to be cut off from`);
  return [...groups, others];
}
