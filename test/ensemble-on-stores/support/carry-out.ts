import type { Effect } from "@coterie/consensus";
import { CoterieError, type LogBatch } from "@coterie/interface";
import type { Life } from "./life.ts";

type StoreEffect = Exclude<Effect, { readonly kind: Told["kind"] }>;

/** What is done at once. */
type Told = Extract<
  Effect,
  {
    readonly kind:
      | "send"
      | "close-link"
      | "requests"
      | "requests-refused"
      | "touches"
      | "confirmed"
      | "refused"
      | "role"
      | "report"
      | "stop";
  }
>;

/** Does what consensus asks for. */
export function carryOut(life: Life, effect: Effect): void {
  const { host } = life;
  switch (effect.kind) {
    case "send":
      for (const link of effect.links) host.send(life, link, effect.message);
      return;
    case "close-link":
      return host.closeLink(effect.link);
    case "requests":
      for (const payload of effect.payloads) life.queued.push(Number(Buffer.from(payload).toString("latin1")));
      return;
    case "role":
      return life.takeRole(effect.role);
    case "report":
      return host.reported(life, effect);
    case "stop":
      throw new Error(`peer ${life.id} stops, ${effect.code}: ${effect.details}`);
    case "requests-refused":
    case "touches":
    case "confirmed":
    case "refused":
      return;
    default:
      return work(life, effect);
  }
}

/** What takes its time. */
function work(life: Life, effect: StoreEffect): void {
  const { host, storage, replica, readers } = life;
  switch (effect.kind) {
    case "store":
      if (isForeign(effect.batch)) life.installed.push("marking");
      return host.later(life, async () => {
        await storage.write(effect.batch);
        life.stored(effect.batch);
        return { kind: "stored" };
      });
    case "read-log":
      return host.later(life, async () => {
        const { reading, range, sizeMaxBytes } = effect;
        return { kind: "log-read", reading, result: await storage.read(range, sizeMaxBytes) };
      });
    case "add-pages":
      return host.later(life, async () => {
        await storage.addPages(effect.pages);
        life.installed.push("pages");
        for (const page of effect.pages) life.installedBytes += page.length;
        return { kind: "pages-added" };
      });
    case "drop-pages":
      return host.later(life, async () => {
        replica.machine.checkpoints.abandon();
        await storage.dropPages();
        return null;
      });
    case "open-checkpoint":
      return host.later(life, async () => {
        const reader = await storage.openCheckpoint();
        if (reader !== null) readers.set(effect.transfer, reader);
        return { kind: "checkpoint-opened", transfer: effect.transfer, checkpoint: reader?.checkpoint ?? null };
      });
    case "read-pages":
      return host.later(life, async () => readPages(life, effect));
    case "close-checkpoint":
      return host.later(life, async () => {
        await readers.get(effect.transfer)?.close();
        readers.delete(effect.transfer);
        return null;
      });
    case "deliver":
      return host.later(life, async () => {
        for (const entry of effect.entries) host.applied(life, replica.apply(entry));
        return { kind: "applied", zxid: replica.position.zxid };
      });
    case "restore":
      return host.later(life, async () => {
        await replica.restore();
        life.installed.push("restored");
        return { kind: "applied", zxid: replica.position.zxid };
      });
  }
}

/** Whether it makes another peer's checkpoint this peer's. */
export function isForeign({ checkpoint }: LogBatch): boolean {
  return checkpoint?.kind === "incoming" || checkpoint?.kind === "covering";
}

async function readPages(
  { readers }: Life,
  { transfer, first, sizeMaxBytes }: Extract<Effect, { readonly kind: "read-pages" }>,
): Promise<{ readonly kind: "pages-read"; readonly transfer: number; readonly pages: readonly Uint8Array[] | null }> {
  const reader = readers.get(transfer);
  if (reader === undefined) throw new Error("pages are read of a checkpoint that is open");
  try {
    return { kind: "pages-read", transfer, pages: await reader.read(first, sizeMaxBytes) };
  } catch (error) {
    if (error instanceof CoterieError && error.code === "STORE_CORRUPT") {
      return { kind: "pages-read", transfer, pages: null };
    }
    throw error;
  }
}
