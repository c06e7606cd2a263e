import { formatFault, formatMessage, formatZxid, zxid } from "./format-message.ts";
import { Ensemble, type EnsembleOptions } from "./ensemble.ts";
import type { PeerId } from "@coterie/interface";

/**
 * A transcript is a story that checks itself: blocks of commands, a line "----", and what comes of them. Lines that begin
 * with "#" tell the story. Each block shows the changes of role, reports and answers that it causes, then what its
 * "view" and "messages" commands ask for. The commands:
 *
 * - `ensemble 1 2 3 [observers 9] [weight 3=0] [limit counterMax=5]`: first of all
 * - `begin`: start all, let them found and elect, and show where they stand
 * - `start 1 2 3`, `crash 1`: a start opens links to all that are up
 * - `cut 1 2`, `disconnect 1 2`, `lose 1>2` (frames that way vanish), `mend`: end every cut and loss; links open again
 * - `hold 1>2`, `free 1>2`: frames that way wait, or do not any more
 * - `hold-disk 1`, `write 1` (one batch), `free-disk 1`
 * - `settle`: all frames that are not held; `pass 1>2 [n]`: the oldest n, held or not; `drop 1>2 [n]`: lose them
 * - `tick n`: of all, with settle after each; `tick n of 1`: of one, without
 * - `request 1 text …`, `confirm 1 id`, `hand-over 3 [to 1]`, `checkpoint 1`
 * - `wipe 1`, `damage 1 1.1 1.2` (what is above the first up to the second)
 * - `view [1 …]`, `messages`, `disk 1`
 */
export function runTranscript(text: string): string {
  let ensemble = new Ensemble();
  const blocks = text.trimEnd().split(/\n{2,}/);
  const rewritten = blocks.map((block) => {
    const lines = block.split("\n").filter((line) => line !== "");
    const end = lines.indexOf("----");
    const input = end < 0 ? lines : lines.slice(0, end);
    const commands = input.filter((line) => !line.startsWith("#"));
    if (commands.length === 0) return input.join("\n");
    const output: string[] = [];
    for (const command of commands) {
      const options = optionsOf(command);
      if (options !== null) ensemble = new Ensemble(options);
      else output.push(...run(ensemble, command));
    }
    const happened = ensemble.log.splice(0);
    const shown = [...happened, ...output];
    return [...input, "----", ...(shown.length === 0 ? ["ok"] : shown)].join("\n");
  });
  return `${rewritten.join("\n\n")}\n`;
}

function optionsOf(command: string): EnsembleOptions | null {
  const [name, ...words] = command.split(/\s+/);
  if (name !== "ensemble") return null;
  const lists: Record<string, number[]> = { voters: [], observers: [] };
  const weights: Record<number, number> = {};
  const limits: Record<string, number> = {};
  let mode = "voters";
  for (const word of words) {
    const [key = "", value] = word.split("=");
    if (/^[a-z]+$/.test(word)) mode = word;
    else if (mode === "weight") weights[Number(key)] = Number(value);
    else if (mode === "limit") limits[key] = Number(value);
    else lists[mode]?.push(Number(word));
  }
  return { voters: lists["voters"] ?? [], observers: lists["observers"] ?? [], weights, limits };
}

/** Gives what the command shows. */
function run(ensemble: Ensemble, command: string): string[] {
  const [name = "", ...words] = command.split(/\s+/);
  const ids = words.map(Number);
  const [one = 0, other = 0] = ids;
  switch (name) {
    case "begin":
      ensemble.begin();
      ensemble.log.length = 0;
      return viewLines(ensemble, [...ensemble.peers.keys()]);
    case "start":
      for (const id of ids) ensemble.start(id);
      ensemble.connectAll();
      ensemble.endTurns();
      return [];
    case "tick":
      if (words[1] === "of") for (let tick = 0; tick < one; tick++) ensemble.tickOf(Number(words[2]));
      else ensemble.tick(one);
      return [];
    case "settle":
      ensemble.settle();
      return [];
    case "request":
      for (const text of words.slice(1)) ensemble.request(one, text);
      ensemble.endTurns();
      return [];
    case "confirm":
      ensemble.step(ensemble.peer(one), { kind: "confirm", id: other, target: "proposed" });
      ensemble.endTurns();
      return [];
    case "hand-over":
      ensemble.step(ensemble.peer(one), {
        kind: "hand-over",
        target: words[1] === "to" ? (Number(words[2]) as PeerId) : null,
      });
      ensemble.endTurns();
      return [];
    case "view":
      return viewLines(ensemble, ids.length > 0 ? ids : [...ensemble.peers.keys()]);
    case "messages":
      return messageLines(ensemble);
    case "disk":
      return ids.map((id) => diskLine(ensemble, id));
    default:
      runFault(ensemble, name, words);
      return [];
  }
}

function runFault(ensemble: Ensemble, name: string, words: readonly string[]): void {
  const [first = "", second = ""] = words;
  const [from = 0, to = 0] = first.includes(">") ? first.split(">").map(Number) : words.map(Number);
  if (name === "mend") return ensemble.mend();
  const peer = ensemble.peer(from);
  switch (name) {
    case "crash":
      for (const id of words) ensemble.crash(Number(id));
      break;
    case "cut":
      ensemble.cutOff(from, to);
      break;
    case "disconnect":
      ensemble.disconnect(from, to);
      ensemble.connect(Math.min(from, to), Math.max(from, to));
      break;
    case "lose":
      ensemble.lost.add(first);
      break;
    case "hold":
      ensemble.held.add(first);
      break;
    case "free":
      ensemble.held.delete(first);
      break;
    case "pass":
      ensemble.pass(from, to, second === "" ? 1 : Number(second));
      break;
    case "drop":
      ensemble.drop(from, to, second === "" ? 1 : Number(second));
      break;
    case "hold-disk":
      peer.holdsDisk = true;
      break;
    case "write":
      ensemble.release(from);
      break;
    case "free-disk":
      peer.holdsDisk = false;
      ensemble.release(from);
      break;
    case "checkpoint":
      ensemble.checkpoint(from);
      break;
    case "wipe":
      peer.disk.wipe();
      break;
    case "damage":
      peer.disk.damage(zxid(words[1] ?? ""), zxid(words[2] ?? ""));
      break;
    default:
      throw new Error(`there is no command ${name}`);
  }
  ensemble.endTurns();
}

function viewLines(ensemble: Ensemble, ids: readonly number[]): string[] {
  return ids.map((id) => {
    const peer = ensemble.peer(id);
    if (!peer.isUp) return `${id} down`;
    const view = peer.zab.view();
    const { role } = view;
    const standing = view.hardState?.isAmnesiac === true ? " amnesiac" : "";
    const serving = role.isServing ? " serving" : "";
    const leader = role.leader === null ? "" : ` ${role.leader}`;
    const where = `epochs ${view.acceptedEpoch}/${view.currentEpoch} last ${formatZxid(view.lastZxid)}`;
    const how = `committed ${formatZxid(view.committedZxid)} applied [${ensemble.texts(id).join(" ")}]`;
    return `${id} ${role.state}${leader}${serving}${standing} ${view.phase} ${where} ${how}`;
  });
}

function messageLines(ensemble: Ensemble): string[] {
  const lines = ensemble.frames.map(({ from, to, message }) => `${from}>${to} ${formatMessage(message)}`);
  return lines.length === 0 ? ["no messages"] : lines;
}

function diskLine(ensemble: Ensemble, id: number): string {
  const { disk } = ensemble.peer(id);
  if (disk.hardState === null) return `disk ${id}: blank`;
  const { acceptedEpoch, currentEpoch, isAmnesiac } = disk.hardState;
  const parts = [`epochs ${acceptedEpoch}/${currentEpoch}${isAmnesiac ? " amnesiac" : ""}`];
  if (disk.base.zxid > 0) parts.push(`after ${formatZxid(disk.base.zxid)}`);
  parts.push(disk.entries.map((entry) => formatZxid(entry.zxid)).join(" "), `committed ${formatZxid(disk.committed)}`);
  if (disk.faults.length > 0) parts.push(`faults ${disk.faults.map(formatFault).join(" ")}`);
  return `disk ${id}: ${parts.join(", ")}`;
}
