import { CoterieError, isPeerId, PEER_ID_MAX, type PeerId, type RecoveredLog } from "@coterie/interface";
import type { EngineOptions } from "./engine-options.ts";

/** @throws CoterieError BAD_ARGUMENTS */
export function checkEngineOptions({ id, ensemble, role = "voter", transport, listen }: EngineOptions): void {
  if (!isPeerId(id)) throw bad(`the id is ${id}, which should be an integer in 1..${PEER_ID_MAX}`);
  const ids = Object.keys(ensemble).map(Number);
  const stranger = ids.find((other) => !isPeerId(other));
  if (stranger !== undefined) throw bad(`the ensemble names ${stranger}, and a peer's id is in 1..${PEER_ID_MAX}`);
  if (ids.length === 0) throw bad("the ensemble names no voter");
  const isVoter = ids.includes(id);
  if (role === "voter" && !isVoter) throw bad(`peer ${id} is a voter, and the ensemble does not name it`);
  if (role === "observer" && isVoter) throw bad(`peer ${id} is an observer, and the ensemble names it as a voter`);
  if (transport !== undefined) return;
  if (ids.length > 1 || role === "observer") throw bad("a peer that is not alone needs a transport");
  if (listen !== undefined) throw bad("a peer that listens needs a transport");
}

/** @throws CoterieError STORE_FOREIGN if the store is another peer's. */
export function checkStored(found: RecoveredLog, self: PeerId): void {
  if (found.kind === "blank" || found.hardState.peerId === self) return;
  throw new CoterieError(
    "STORE_FOREIGN",
    `the store belongs to peer ${found.hardState.peerId}, and this is peer ${self}: give each peer a store of its own`,
  );
}

function bad(what: string): CoterieError {
  return new CoterieError("BAD_ARGUMENTS", `the peer's options do not go together: ${what}`);
}
