import type { Session } from "@coterie/session";
import { hasCode } from "../calls/retry.ts";
import { unlessGivenUp } from "../calls/wait.ts";
import { leavePlace, type Place, type PlaceRequest, takePlace } from "./place.ts";

/**
 * A place that was there until `wait` resolved; if it is deleted meanwhile, or the whole queue, another (LK-08). Where `wait`
 * fails, it is left.
 */
export async function contend(
  session: Session,
  request: PlaceRequest,
  signal: AbortSignal,
  wait: (place: Place) => Promise<void>,
): Promise<Place> {
  for (;;) {
    const place = await takePlace(session, request, signal);
    try {
      await wait(place);
      return place;
    } catch (error) {
      // This goes on until the place is gone, or its session. What is not there is left as well: it may be that it was not seen.
      const leaving = leavePlace(session, place.path);
      if (!hasCode(error, "NO_NODE") || signal.aborted) {
        leaving.catch(() => undefined);
        throw error;
      }
      await unlessGivenUp(leaving, signal);
    }
  }
}
