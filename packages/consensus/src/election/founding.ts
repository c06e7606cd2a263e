import {
  assert,
  chainHash,
  type ChainHash,
  createZxid,
  type Epoch,
  type LogEntry,
  type PeerId,
  type Zxid,
} from "@coterie/interface";
import type { Context } from "../context.ts";
import { TAG_CONFIG } from "../entry-tags.ts";
import type { Link } from "../links.ts";
import type { Found, FoundingAnswer, FoundingQuestion } from "../message.ts";
import { decodeEnsembleConfig, encodeEnsembleConfig } from "../quorum/ensemble-config.ts";
import { foundingDifference } from "../quorum/founding-difference.ts";

/** The first entry of every log: epoch 0, which nobody leads. */
const FOUNDING_ZXID: Zxid = createZxid(0, 1);

/**
 * A new cluster (R3b). It begins when every configured voter is reachable and has never promised anything: then nothing
 * that was ever promised can be lost. The voter with the lowest id draws the cluster's id, stores the first entry, and
 * hands it to the others; from then on all is as after any restart.
 *
 * Founding may be cut short by a crash. So a peer that holds the first entry and has accepted no epoch counts as one
 * that has promised nothing, and the one of those with the lowest id goes on with the same cluster.
 */
export function maybeFound(context: Context): void {
  if (!mayTakePart(context)) return;
  const voters = context.options.voters.map((voter) => voter.peer);
  if (missingVoters(context).length > 0) return;
  const others = voters.filter((peer) => peer !== context.self).map((peer) => context.links.of(peer));
  const links = others.filter((link) => link !== null);
  if (founderOf(context, links) !== context.self) return;
  if (context.hardState === null) {
    mint(context);
    return;
  }
  for (const blank of links) {
    if (blank.notification?.standing === "blank") maybeHand(context, links, blank);
  }
}

/**
 * A blank voter may have been wiped, and what the others have said may be old: a quorum of which it was one may have
 * committed since. So they are asked once it has turned up. Who has promised no epoch by then was in no quorum before;
 * and if that is all of them, there was none.
 */
function maybeHand(context: Context, links: readonly Link[], blank: Link): void {
  if (blank.wasFounded) return;
  if (blank.inquiry === 0) {
    context.inquiries += 1;
    blank.inquiry = context.inquiries;
  }
  const others = links.filter((link) => link !== blank);
  for (const link of others) ask(context, link, blank.inquiry);
  if (others.every((link) => link.answered >= blank.inquiry)) hand(context, blank);
}

function ask(context: Context, link: Link, number: number): void {
  if (link.asked >= number) return;
  link.asked = number;
  const { hardState } = context;
  assert(hardState !== null, "a founder knows its cluster");
  context.send(link, { kind: "founding-question", number, clusterId: hardState.clusterId });
}

/** Answered in every role. */
export function handleFoundingQuestion(context: Context, link: Link, { number, clusterId }: FoundingQuestion): void {
  const { hardState, standing } = context;
  const isOfThatCluster = hardState?.clusterId === clusterId && standing === "sound";
  const hasPromisedNothing = hardState === null || (isOfThatCluster && hasOnlyTheFirstEntry(context));
  context.send(link, { kind: "founding-answer", number, isUntouched: hasPromisedNothing });
}

export function handleFoundingAnswer(context: Context, link: Link, message: FoundingAnswer): void {
  if (!message.isUntouched || message.number > link.asked || message.number <= link.answered) return;
  link.answered = message.number;
  if (context.role.kind === "looking" && context.role.hasBegun) maybeFound(context);
}

function mayTakePart(context: Context): boolean {
  if (!context.options.voters.some((voter) => voter.peer === context.self)) return false;
  if (context.standing === "blank") return context.store.isIdle;
  return context.store.isIdle && context.standing === "sound" && hasOnlyTheFirstEntry(context);
}

function hasOnlyTheFirstEntry({ hardState, history }: Context): boolean {
  return hardState?.acceptedEpoch === 0 && history.last.zxid === FOUNDING_ZXID;
}

/** Whether this peer is known, by a link that is up, to have promised nothing yet. */
function isUntouched(context: Context, link: Link | null): boolean {
  const notification = link?.notification ?? null;
  if (link === null || notification === null || link.hello.voterSetDigest !== context.voterSetDigest) return false;
  if (notification.standing === "blank") return true;
  const isOfThisCluster = context.hardState === null || notification.clusterId === context.hardState.clusterId;
  return (
    notification.standing === "sound" &&
    isOfThisCluster &&
    notification.acceptedEpoch === 0 &&
    notification.credential.lastZxid === FOUNDING_ZXID
  );
}

function founderOf(context: Context, links: readonly Link[]): PeerId {
  const founded = links.filter((link) => link.notification?.standing === "sound").map((link) => link.peer);
  if (context.hardState !== null) founded.push(context.self);
  const candidates = founded.length > 0 ? founded : [context.self, ...links.map((link) => link.peer)];
  return Math.min(...candidates) as PeerId;
}

function mint(context: Context): void {
  const source = context.options.random.fork("cluster-id");
  const clusterId = [0, 0, 0, 0].map(() => source.uint32().toString(16).padStart(8, "0")).join("");
  const bytes = encodeEnsembleConfig({ clusterId, voters: context.options.voters });
  found(context, clusterId, bytes);
}

function hand(context: Context, link: Link): void {
  link.wasFounded = true;
  const { config } = context;
  assert(config !== null, "a founder has a voter set");
  context.send(link, { kind: "found", clusterId: config.clusterId, entry: firstEntry(encodeEnsembleConfig(config)) });
}

function firstEntry(bytes: Uint8Array): LogEntry {
  return {
    zxid: FOUNDING_ZXID,
    tag: TAG_CONFIG,
    bytes,
    chainHash: chainHash(0 as ChainHash, FOUNDING_ZXID, TAG_CONFIG, bytes),
  };
}

function found(context: Context, clusterId: string, bytes: Uint8Array): void {
  context.createHardState({
    clusterId,
    peerId: context.self,
    incarnation: context.incarnation,
    acceptedEpoch: 0 as Epoch,
    currentEpoch: 0 as Epoch,
    isAmnesiac: false,
  });
  context.appendToLog([firstEntry(bytes)]);
  // The same entry stands first in every log, so it needs no quorum.
  context.history.committed = FOUNDING_ZXID;
  context.lookAgain();
}

/** Found, received. Only a blank voter is founded, and only with the voter set it was configured with. */
export function handleFound(context: Context, link: Link, message: Found): void {
  if (context.hardState !== null || context.role.kind !== "looking") return;
  if (!context.options.voters.some((voter) => voter.peer === context.self)) return;
  const expected = encodeEnsembleConfig({ clusterId: message.clusterId, voters: context.options.voters });
  const { bytes } = message.entry;
  if (bytes.length !== expected.length || bytes.some((byte, index) => byte !== expected[index])) {
    const difference = foundingDifference(bytes, context.options.voters);
    context.report(
      "VOTER_SETS_DIFFER",
      `peer ${link.peer} founds a cluster that this peer was not told of: ${difference}`,
    );
    return;
  }
  found(context, decodeEnsembleConfig(bytes).clusterId, bytes);
}

/** The voters that a blank peer waits for: not reachable, or known to have promised something. */
function missingVoters(context: Context): PeerId[] {
  return context.options.voters
    .map((voter) => voter.peer)
    .filter((peer) => peer !== context.self && !isUntouched(context, context.links.of(peer)));
}

/** Called now and then while a peer is blank. */
export function reportMissing(context: Context): void {
  if (context.standing !== "blank" || !mayTakePart(context)) return;
  const missing = missingVoters(context);
  if (missing.length === 0) return;
  const text = `the cluster is founded when these voters are reachable and blank too: ${missing.join(", ")}`;
  context.report("WAITING_FOR_VOTERS", text);
}
