import type { Effect } from "@coterie/consensus";
import type { Life } from "./life.ts";

/** Does what consensus asks for. */
export function carryOut(life: Life, effect: Effect): void {
  const { host, disk, sessions } = life;
  switch (effect.kind) {
    case "send":
      for (const link of effect.links) {
        const to = host.network.receiverOf(link);
        if (to === null) continue;
        const { message } = effect;
        host.observe({ kind: "sent", peer: life.id, life: life.number, to, message, disk: disk.image });
        host.network.send(link, message);
      }
      return;
    case "close-link":
      host.probe(`link closed: ${effect.reason}`);
      return host.network.close(effect.link);
    case "store":
      return disk.write(effect.batch);
    case "read-log":
      return disk.read(effect.reading, effect.range, effect.sizeMaxBytes);
    case "add-pages":
      return disk.addPages(effect.pages, false);
    case "drop-pages":
      disk.dropPages();
      return life.checkpoint.abandon();
    case "open-checkpoint":
      life.opening.add(effect.transfer);
      return disk.openCheckpoint(effect.transfer);
    case "read-pages": {
      const reader = life.readers.get(effect.transfer);
      if (reader !== undefined) disk.readPages(effect.transfer, reader, effect.first, effect.sizeMaxBytes);
      return;
    }
    case "close-checkpoint":
      life.opening.delete(effect.transfer);
      life.readers.delete(effect.transfer);
      return;
    case "deliver":
      return life.deliveries.schedule({ kind: "entries", entries: effect.entries });
    case "restore":
      return life.deliveries.schedule({ kind: "restore" });
    case "requests":
      return life.leader?.enqueue(effect.from, effect.payloads);
    case "requests-refused":
      return sessions.refusedRequests(effect.payloads);
    case "touches":
      return life.leader?.touched(effect.payloads);
    case "confirmed":
      return sessions.confirmedAt(effect.ids, effect.zxid);
    case "refused":
      return sessions.refusedReads(effect.ids);
    case "role":
      return life.takeRole(effect.role);
    case "report":
      return host.probe(`report ${effect.code}`);
    case "stop":
      host.fail(new Error(effect.details), `peer ${life.id}, stop ${effect.code}`);
      return life.end("stopped");
  }
}
