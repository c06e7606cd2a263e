import { decodeMessage, encodeMessage, type Message } from "@coterie/consensus";
import type { PeerId } from "@coterie/interface";
import type { Dice } from "../world/dice.ts";
import type { EventQueue, EventTarget, SimEvent } from "../world/event-queue.ts";
import type { NetworkOptions } from "../world/options.ts";
import { messageSizeBytes } from "./message-size.ts";
import { Dialler, type Frame, type NetworkPeer, WireEnd } from "./wire.ts";

const DIAL = 0;
const SYN = 1;
const FRAME = 2;
const CLOSED = 3;
const GHOST = 4;
const CONNECT_TIMEOUT = 5;

const RECENT_MAX = 4;
const END_FRAME: Frame = Object.freeze({ kind: "end" });

/** What the network needs of the world around it. */
export interface NetworkHost {
  readonly nowUs: number;
  readonly queue: EventQueue;
  /** Something is lost, or late until then. */
  disturbed(untilUs: number): void;
}

/**
 * The connections between peers, as `Transport` promises them: what arrives is a prefix of what was sent, in order, each
 * frame once; whatever breaks that ends the connection, though not always with a word. The higher id dials.
 */
export class Network implements EventTarget {
  /** Frames lost, links cut and the like, by name, for the report. */
  readonly counts: Map<string, number> = new Map();
  private readonly host: NetworkHost;
  private readonly options: NetworkOptions;
  private readonly dice: Dice;
  private readonly diallers: Dialler[] = [];
  private readonly ends = new Map<number, WireEnd>();
  private readonly peers: NetworkPeer[] = [];
  /** Ways that are cut, as from * 256 + to. */
  private readonly cuts = new Set<number>();
  /** Ways that are slow, with the microseconds that a byte takes. */
  private readonly slow = new Map<number, number>();
  private links = 0;
  /** In the liveness phase nothing is lost, held up or late any more. */
  isCalm = false;

  constructor(host: NetworkHost, options: NetworkOptions, dice: Dice) {
    this.host = host;
    this.options = options;
    this.dice = dice;
  }

  /** `isLinked` says which of the others it is to have a link with. */
  addPeer(peer: NetworkPeer, isLinked: (other: NetworkPeer) => boolean): void {
    for (const other of this.peers) {
      if (!isLinked(other)) continue;
      const [from, to] = peer.id > other.id ? [peer, other] : [other, peer];
      this.diallers.push(new Dialler(from, to));
    }
    this.peers.push(peer);
  }

  peerStarted(peer: NetworkPeer): void {
    for (const dialler of this.diallers) {
      if (dialler.from !== peer) continue;
      dialler.end = null;
      dialler.backOffUs = 0;
      this.scheduleDial(dialler);
    }
  }

  /** The process is gone: the others hear of it, or do not if the machine has gone with it. */
  peerEnded(peer: NetworkPeer, isSilent: boolean): void {
    for (const end of this.ends.values()) {
      if (end.owner !== peer || end.state === "closed") continue;
      this.leaveGhosts(end);
      end.state = "closed";
      end.isBroken = true;
      end.isSilent = isSilent;
      this.ends.delete(end.link);
      if (isSilent) end.other.isSilent = true;
      else this.transmit(end, END_FRAME);
    }
  }

  /** False if there is no such link any more: the frame is dropped. */
  send(link: number, message: Message): boolean {
    const end = this.ends.get(link);
    if (end === undefined || end.state !== "open") return false;
    this.transmit(end, { kind: "message", message });
    return true;
  }

  receiverOf(link: number): PeerId | null {
    return this.ends.get(link)?.other.owner.id ?? null;
  }

  /** This end closes; the other one hears what was sent, and then of the end. */
  close(link: number): void {
    const end = this.ends.get(link);
    if (end === undefined) return;
    this.host.disturbed(this.host.nowUs);
    this.transmit(end, END_FRAME);
    this.drop(end);
  }

  /** Nothing goes from `from` to `to` until `heal`. */
  cut(from: PeerId, to: PeerId): void {
    this.cuts.add(from * 256 + to);
  }

  /** What was held goes on its way, or the connection has not lived so long. */
  heal(from: PeerId, to: PeerId): void {
    if (!this.cuts.delete(from * 256 + to)) return;
    for (const end of this.ends.values()) {
      if (end.owner.id !== to || end.other.owner.id !== from || end.held.length === 0) continue;
      const held = end.held;
      end.held = [];
      if (this.dice.chance(0.5)) for (const frame of held) this.schedule(end, frame);
      else this.lose(end);
    }
  }

  healAll(): void {
    for (const way of this.cuts) this.heal(Math.floor(way / 256) as PeerId, (way % 256) as PeerId);
    this.slow.clear();
  }

  slowDown(from: PeerId, to: PeerId, usPerByte: number): void {
    if (usPerByte === 0) this.slow.delete(from * 256 + to);
    else this.slow.set(from * 256 + to, usPerByte);
  }

  /** Ends the connections between two peers: with a word to both ends, or to none. */
  reset(one: PeerId, other: PeerId, isSilent: boolean): void {
    for (const end of this.ends.values()) {
      if (end.owner.id !== one || end.other.owner.id !== other) continue;
      this.breakWire(end, isSilent);
    }
  }

  handle(event: SimEvent): void {
    switch (event.kind) {
      case DIAL:
        return this.dial(event.subject as Dialler);
      case SYN:
        return this.accept(event.subject as WireEnd);
      case FRAME:
        return this.arrive(event.subject as WireEnd, event.detail as Frame);
      case CLOSED:
        return this.drop(event.subject as WireEnd);
      case GHOST: {
        const end = event.subject as WireEnd;
        if (end.owner.isUp) end.owner.messageReceived(end.link, event.detail as Message);
        return;
      }
      case CONNECT_TIMEOUT: {
        const end = event.subject as WireEnd;
        if (end.state === "waiting") this.drop(end);
        return;
      }
    }
  }

  private scheduleDial(dialler: Dialler): void {
    if (dialler.isScheduled) return;
    dialler.isScheduled = true;
    const baseUs = this.options.delayMaxUs + 100;
    const waitUs = dialler.backOffUs + this.dice.below(baseUs);
    dialler.backOffUs = Math.min(Math.max(dialler.backOffUs * 2, baseUs), baseUs * 16);
    this.host.queue.push(this.host.nowUs + waitUs, this, DIAL, dialler, null);
  }

  private dial(dialler: Dialler): void {
    dialler.isScheduled = false;
    const { from, to } = dialler;
    if (!from.isUp || dialler.end !== null) return;
    const end = new WireEnd(++this.links, from, true);
    end.other = new WireEnd(++this.links, to, false);
    end.other.other = end;
    dialler.end = end;
    this.ends.set(end.link, end);
    const timeoutUs = this.host.nowUs + this.options.delayMaxUs * 8 + 1000;
    this.host.queue.push(timeoutUs, this, CONNECT_TIMEOUT, end, null);
    if (this.isCut(from.id, to.id)) return;
    this.host.queue.push(this.host.nowUs + this.delay(), this, SYN, end.other, null);
  }

  private accept(end: WireEnd): void {
    if (end.other.state === "closed") return;
    if (!end.owner.isUp) {
      this.host.queue.push(this.host.nowUs + this.delay(), this, CLOSED, end.other, null);
      return;
    }
    if (end.owner.stalledUntilUs > this.host.nowUs) {
      this.host.queue.push(end.owner.stalledUntilUs, this, SYN, end, null);
      return;
    }
    // The listener may have been started anew since the dial.
    const accepted = new WireEnd(end.link, end.owner, false);
    accepted.other = end.other;
    end.other.other = accepted;
    this.ends.set(accepted.link, accepted);
    this.transmit(accepted, { kind: "hello", hello: end.owner.hello() });
  }

  private isCut(from: PeerId, to: PeerId): boolean {
    return this.cuts.has(from * 256 + to);
  }

  private delay(): number {
    const { delayMinUs, delayMaxUs, spikesPerMillion, spikeMaxUs } = this.options;
    const delayUs = this.dice.between(delayMinUs, delayMaxUs);
    const isSpike = !this.isCalm && spikesPerMillion > 0 && this.dice.below(1_000_000) < spikesPerMillion;
    if (!isSpike) return delayUs;
    const spikeUs = this.dice.below(spikeMaxUs);
    this.host.disturbed(this.host.nowUs + delayUs + spikeUs);
    return delayUs + spikeUs;
  }

  /** Sends a frame from one end to the other. */
  private transmit(from: WireEnd, frame: Frame): void {
    const to = from.other;
    if (to.isBroken) return;
    const { lossPerMillion, framesInFlightMax, silentPercent, codecPercent } = this.options;
    if (!this.isCalm && lossPerMillion > 0 && this.dice.below(1_000_000) < lossPerMillion) {
      this.count("frame-lost");
      return this.breakWire(to, this.dice.below(100) < silentPercent);
    }
    if (!this.isCalm && to.inFlight + to.held.length >= framesInFlightMax) {
      this.count("backlog-cut");
      return this.breakWire(to, false);
    }
    let sent = frame;
    if (frame.kind === "message" && codecPercent > 0 && this.dice.below(100) < codecPercent) {
      sent = { kind: "message", message: decodeMessage(encodeMessage(frame.message)) };
    }
    if (this.isCut(from.owner.id, to.owner.id)) to.held.push(sent);
    else this.schedule(to, sent);
  }

  private schedule(to: WireEnd, frame: Frame): void {
    const usPerByte = this.slow.size === 0 ? 0 : (this.slow.get(to.other.owner.id * 256 + to.owner.id) ?? 0);
    const sizeBytes = usPerByte > 0 && frame.kind === "message" ? messageSizeBytes(frame.message) : 0;
    const startUs = usPerByte > 0 ? Math.max(to.lastArrivalUs, this.host.nowUs) : this.host.nowUs;
    const atUs = Math.max(startUs + this.delay() + sizeBytes * usPerByte, to.lastArrivalUs);
    to.lastArrivalUs = atUs;
    to.inFlight++;
    this.host.queue.push(atUs, this, FRAME, to, frame);
  }

  private arrive(end: WireEnd, frame: Frame): void {
    end.inFlight--;
    if (end.isBroken && frame.kind !== "end") return;
    if (!end.isAlive) {
      // Whoever sends to a closed connection is told so, unless nobody is there to tell.
      const sender = end.other;
      if (!end.isSilent && sender.state !== "closed" && !this.isCut(end.owner.id, sender.owner.id)) {
        this.host.queue.push(this.host.nowUs + this.delay(), this, CLOSED, sender, null);
      }
      return;
    }
    if (frame.kind === "end") return this.drop(end);
    if (frame.kind === "hello") return this.greet(end, frame.hello);
    if (end.state !== "open") return;
    if (this.options.ghostPercent > 0) {
      if (end.recent.length >= RECENT_MAX) end.recent.shift();
      end.recent.push(frame.message);
    }
    end.owner.messageReceived(end.link, frame.message);
  }

  /** The other end has said hello: the link is open here. */
  private greet(end: WireEnd, hello: Parameters<NetworkPeer["linkOpened"]>[1]): void {
    if (end.state !== "waiting") return;
    end.state = "open";
    if (end.isDialler) {
      this.transmit(end, { kind: "hello", hello: end.owner.hello() });
      for (const dialler of this.diallers) if (dialler.end === end) dialler.backOffUs = 0;
    }
    end.owner.linkOpened(end.link, hello);
  }

  /** Something has been lost between the ends: nothing more arrives at `end`. */
  private lose(end: WireEnd): void {
    this.breakWire(end, this.dice.below(100) < this.options.silentPercent);
  }

  private breakWire(end: WireEnd, isSilent: boolean): void {
    this.host.disturbed(this.host.nowUs);
    const { other } = end;
    end.isBroken = true;
    if (isSilent) {
      end.isSilent = true;
      return;
    }
    other.isBroken = true;
    const { nowUs, queue } = this.host;
    queue.push(nowUs + this.delay(), this, CLOSED, end, null);
    queue.push(nowUs + this.delay(), this, CLOSED, other, null);
  }

  /** The end is closed, whoever has closed it. */
  private drop(end: WireEnd): void {
    if (end.state === "closed") return;
    const wasOpen = end.state === "open";
    const isAlive = end.isAlive;
    end.state = "closed";
    end.isBroken = true;
    this.ends.delete(end.link);
    this.leaveGhosts(end);
    if (!isAlive) return;
    if (wasOpen) end.owner.linkClosed(end.link);
    if (!end.isDialler) return;
    for (const dialler of this.diallers) {
      if (dialler.end !== end) continue;
      dialler.end = null;
      this.scheduleDial(dialler);
    }
  }

  /** Frames of a dead link come in late, also in the peer's next life. */
  private leaveGhosts(end: WireEnd): void {
    if (this.isCalm || end.recent.length === 0 || this.dice.below(100) >= this.options.ghostPercent) return;
    this.count("late-frames");
    for (const message of end.recent) {
      const atUs = this.host.nowUs + 1 + this.dice.below(this.options.delayMaxUs * 50);
      this.host.queue.push(atUs, this, GHOST, end, message);
    }
    end.recent = [];
  }

  private count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
