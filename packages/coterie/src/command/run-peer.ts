import type { Peer } from "@coterie/peer";
import { type AdminSocket, openAdminSocket } from "./admin/admin-socket.ts";
import { explainError } from "./explain-error.ts";
import type { Surroundings } from "./surroundings.ts";

/** How long a peer that is told to stop may take; less than the 30 s that container runtimes wait. */
const STOP_MAX_MS = 20_000;

/**
 * From start to stop; gives the exit code. A peer that hangs is given up, once it was told to stop: a disk may not answer, and then
 * neither start nor stop ends.
 */
export function runPeer(
  peer: Peer,
  toldToStop: Promise<void>,
  surroundings: Surroundings,
  adminSocket: string | null = null,
): Promise<number> {
  return Promise.race([live(peer, toldToStop, surroundings, adminSocket), tooLate(toldToStop, surroundings)]);
}

async function live(
  peer: Peer,
  toldToStop: Promise<void>,
  { write, writeError, started }: Surroundings,
  adminSocket: string | null,
): Promise<number> {
  const stopping = new AbortController();
  const failed = new Promise<Error>((resolve) => peer.once("fatal", resolve));
  const stopped = toldToStop.then(() => stopping.abort());
  try {
    await peer.start({ signal: stopping.signal });
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    writeError(`coterie serve: ${explainError(error)}\n`);
    return 1;
  }
  started();
  let admin: AdminSocket | null;
  try {
    admin = adminSocket === null ? null : await openAdminSocket(peer, adminSocket);
  } catch (error) {
    writeError(`coterie serve: ${explainError(error)}\n`);
    await peer.stop();
    return 1;
  }
  if (adminSocket !== null) write(`coterie backup may ask at ${adminSocket}\n`);
  for (const port of peer.status.ports) write(`ZooKeeper clients may connect at ${port}\n`);
  const failure = await Promise.race([failed, stopped]);
  await admin?.close();
  await peer.stop();
  if (failure === undefined) return 0;
  writeError(`coterie serve: ${explainError(failure)}\n`);
  return 1;
}

async function tooLate(toldToStop: Promise<void>, { writeError, wait }: Surroundings): Promise<number> {
  await toldToStop;
  await wait(STOP_MAX_MS);
  writeError(
    `coterie serve: the peer has not stopped within ${STOP_MAX_MS} ms, and is given up: ` +
      "perhaps the disk of its store does not answer. Nothing that was acknowledged is lost.\n",
  );
  return 1;
}
