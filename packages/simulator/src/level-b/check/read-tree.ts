import type { Peer } from "@coterie/peer";
import type { Session } from "@coterie/session";

/** By path, "data version mzxid czxid owner", as a session at this peer reads it; without what is the system's. */
export async function readTree(peer: Peer): Promise<ReadonlyMap<string, string>> {
  const session = await peer.openSession();
  const tree = new Map<string, string>();
  try {
    await session.sync();
    await readBelow(session, "", tree);
  } finally {
    await session.close();
  }
  return tree;
}

async function readBelow(session: Session, path: string, tree: Map<string, string>): Promise<void> {
  const { children } = await session.children(path === "" ? "/" : path);
  const paths = children.map((name) => `${path}/${name}`).filter((full) => full !== "/zookeeper");
  await Promise.all(
    paths.map(async (full) => {
      const znode = await session.get(full);
      const { version, mzxid, czxid, ephemeralOwner } = znode.stat;
      tree.set(full, [znode.text(), version, mzxid, czxid, ephemeralOwner ?? "null"].join(" "));
      await readBelow(session, full, tree);
    }),
  );
}
