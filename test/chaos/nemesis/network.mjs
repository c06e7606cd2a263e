// What happens to the network between peers.
import { setTimeout as sleep } from "node:timers/promises";
import { between, oneOf, shuffled } from "./draw.mjs";

/** @typedef {import("./fleet.mjs").Fleet} Fleet */
/** @typedef {import("./draw.mjs").Random} Random */
/** @typedef {import("./line.mjs").Mode} Mode */

/** All lines between the peers of `one` and those of `other`, both ways. @param {Fleet} fleet @param {readonly number[]} one @param {readonly number[]} other */
function linesBetween(fleet, one, other) {
  return one.flatMap((from) =>
    other.flatMap((to) => [`${from}-${to}`, `${to}-${from}`].flatMap((name) => fleet.lines.get(name) ?? [])),
  );
}

/** @param {readonly import("./line.mjs").Line[]} lines @param {Mode} mode @param {Random} random @param {number} [delayMaxMs] */
async function hold(lines, mode, random, delayMaxMs) {
  for (const line of lines) line.become(mode, delayMaxMs);
  const forMs = between(random, 200, 8000);
  await sleep(forMs);
  for (const line of lines) line.become("open");
  return forMs;
}

/** Two groups that do not hear of each other, with a word or without. @param {Fleet} fleet @param {Random} random */
export async function partition(fleet, random) {
  const order = shuffled(random, fleet.ids);
  const size = between(random, 1, Math.floor(fleet.ids.length / 2));
  const [one, other] = [order.slice(0, size), order.slice(size)];
  const mode = oneOf(random, /** @type {const} */ (["cut", "silent"]));
  const forMs = await hold(linesBetween(fleet, one, other), mode, random);
  return `${one.join()} from ${other.join()}, ${mode}, for ${forMs} ms`;
}

/** Everybody is alone. @param {Fleet} fleet @param {Random} random */
export async function scatter(fleet, random) {
  const mode = oneOf(random, /** @type {const} */ (["cut", "silent"]));
  const forMs = await hold([...fleet.lines.values()], mode, random);
  return `${mode} for ${forMs} ms`;
}

/** Two peers do not hear of each other, and both hear the rest (TR-02). @param {Fleet} fleet @param {Random} random */
export async function bridge(fleet, random) {
  const [one = 1, other = 2] = shuffled(random, fleet.ids);
  const mode = oneOf(random, /** @type {const} */ (["cut", "silent"]));
  const forMs = await hold(linesBetween(fleet, [one], [other]), mode, random);
  return `${one} from ${other}, ${mode}, for ${forMs} ms`;
}

/** One peer is not heard, and hears everybody; or the other way round (TR-01). @param {Fleet} fleet @param {Random} random */
export async function oneWay(fleet, random) {
  const id = oneOf(random, fleet.ids);
  const isDeaf = between(random, 0, 1) === 0;
  const others = fleet.ids.filter((other) => other !== id);
  const dialled = others.flatMap((other) => fleet.lines.get(`${id}-${other}`) ?? []);
  const taken = others.flatMap((other) => fleet.lines.get(`${other}-${id}`) ?? []);
  for (const line of taken) line.become(isDeaf ? "deaf" : "mute");
  const forMs = await hold(dialled, isDeaf ? "mute" : "deaf", random);
  for (const line of taken) line.become("open");
  return `${id} ${isDeaf ? "hears nobody" : "is not heard"} for ${forMs} ms`;
}

/** @param {Fleet} fleet @param {Random} random */
export async function delay(fleet, random) {
  const id = oneOf(random, fleet.ids);
  const others = fleet.ids.filter((other) => other !== id);
  const delayMaxMs = oneOf(random, [5, 30, 150]);
  const forMs = await hold(linesBetween(fleet, [id], others), "slow", random, delayMaxMs);
  return `to and from ${id}, up to ${delayMaxMs} ms, for ${forMs} ms`;
}

/** Frames come in pieces of a few bytes. @param {Fleet} fleet @param {Random} random */
export async function crumbs(fleet, random) {
  const forMs = await hold([...fleet.lines.values()], "crumbs", random);
  return `everywhere for ${forMs} ms`;
}

/** Connections come twice: what one end has sent once arrives on two, as if somebody had recorded it. @param {Fleet} fleet @param {Random} random */
export async function twice(fleet, random) {
  const lines = [...fleet.lines.values()];
  for (const line of lines) line.become("twice");
  const times = between(random, 1, 4);
  for (let time = 0; time < times; time++) {
    for (const line of lines) if (between(random, 0, 1) === 0) line.reset();
    await sleep(between(random, 200, 2000));
  }
  for (const line of lines) line.become("open");
  return `everywhere, ${times} times`;
}

/** Connections break, some of them at one end only, again and again. @param {Fleet} fleet @param {Random} random */
export async function breakLines(fleet, random) {
  const names = shuffled(random, [...fleet.lines.keys()]).slice(0, between(random, 1, fleet.lines.size));
  const isHalf = between(random, 0, 1) === 0;
  const times = between(random, 1, 5);
  for (let time = 0; time < times; time++) {
    for (const name of names) fleet.lines.get(name)?.[isHalf ? "halve" : "reset"]();
    await sleep(between(random, 50, 1000));
  }
  return `${names.join(" ")}, ${isHalf ? "at one end" : "at both ends"}, ${times} times`;
}

/** Clients outside do not reach some peers, or any, or reach them slowly, in pieces, or with connections that break at one end. @param {Fleet} fleet @param {Random} random */
export async function cutClients(fleet, random) {
  const ids = shuffled(random, fleet.ids).slice(0, between(random, 1, fleet.ids.length));
  const lines = ids.flatMap((id) => fleet.clientLines.get(id) ?? []);
  const mode = oneOf(random, /** @type {const} */ (["cut", "silent", "deaf", "mute", "slow", "crumbs", "halved"]));
  if (mode === "halved") {
    for (const line of lines) line.halve();
    return `of peers ${ids.join()}, at one end`;
  }
  const forMs = await hold(lines, mode, random, oneOf(random, [5, 30, 150]));
  return `of peers ${ids.join()}, ${mode} for ${forMs} ms`;
}
