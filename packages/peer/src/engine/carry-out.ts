import type { Effect } from "@coterie/consensus";
import { CoterieError } from "@coterie/interface";
import type { PeerRequest } from "../request/peer-request.ts";
import type { Run } from "./run.ts";

/** Does what consensus asks for. */
export function carryOut(run: Run, effect: Effect): void {
  const { links, handler } = run.parts;
  switch (effect.kind) {
    case "send":
      return links?.send(effect.links, effect.message);
    case "close-link":
      return links?.close(effect.link, effect.reason);
    case "deliver":
      return run.deliveries.entries(effect.entries);
    case "restore":
      return run.deliveries.restore(effect.zxid);
    case "requests":
      return run.enqueue(effect.from, effect.payloads);
    case "requests-refused":
      return handler.requestsRefused(decodeAll(run, effect.payloads));
    case "touches":
      return run.leader?.touched(effect.from, effect.payloads);
    case "confirmed":
      return run.confirmations.confirmed(effect.ids, effect.zxid);
    case "refused":
      return handler.confirmRefused(effect.ids);
    case "role":
      return run.takeRole(effect.role);
    case "report":
      return run.reports.add(effect.code, effect.details);
    case "stop":
      return run.fail(new CoterieError("DATA_INCONSISTENCY", `${effect.code}: ${effect.details}`));
    default:
      return workOnStore(run, effect);
  }
}

type StoreEffect = Extract<
  Effect,
  {
    readonly kind:
      | "store"
      | "read-log"
      | "add-pages"
      | "drop-pages"
      | "open-checkpoint"
      | "read-pages"
      | "close-checkpoint";
  }
>;

function workOnStore({ store }: Run, effect: StoreEffect): void {
  switch (effect.kind) {
    case "store":
      return store.write(effect.batch);
    case "read-log":
      return store.read(effect);
    case "add-pages":
      return store.addPages(effect.pages);
    case "drop-pages":
      return store.dropPages();
    case "open-checkpoint":
      return store.transfers.open(effect.transfer);
    case "read-pages":
      return store.transfers.read(effect);
    case "close-checkpoint":
      return store.transfers.close(effect.transfer);
  }
}

/** They are this peer's own, given back as they were; what a leader makes up has no connection here to end. */
function decodeAll(run: Run, payloads: readonly Uint8Array[]): PeerRequest[] {
  const requests: PeerRequest[] = [];
  for (const payload of payloads) {
    try {
      requests.push(run.codec.decode(payload));
    } catch (error) {
      if (!(error instanceof CoterieError)) throw error;
      run.parts.logger.warn({ code: error.code }, error.message);
    }
  }
  return requests;
}
