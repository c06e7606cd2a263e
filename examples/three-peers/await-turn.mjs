// What locks and elections have in common: ephemeral sequential znodes, each of which watches the one before it.

/**
 * Resolves when it is this one's turn; then what it resolves to gives the turn to the next one.
 *
 * @param {import("coterie").Session} session @param {string} folder @param {string} name
 */
export async function awaitTurn(session, folder, name) {
  const own = await session.create(`${folder}/n-`, name, { mode: "ephemeral-sequential", parents: true });
  for (;;) {
    const { children } = await session.children(folder);
    const waiting = children.toSorted();
    const place = waiting.indexOf(own.path.slice(folder.length + 1));
    const before = waiting[place - 1];
    if (before === undefined) return () => session.delete(own.path);
    const watch = await session.watch(`${folder}/${before}`, { once: true });
    // It may have gone before the watch was there.
    if ((await session.exists(`${folder}/${before}`)) === null) await watch.close();
    for await (const event of watch) if (event.kind === "deleted") break;
  }
}
