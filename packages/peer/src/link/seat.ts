import type { ErrorCode, Timer } from "@coterie/interface";
import type { LiveLink, LiveLinkOptions } from "./live-link.ts";

/** Why a link cannot be: another peer with its id is alive, or another link to the same life of its peer is kept. */
export interface Objection {
  readonly code: Extract<ErrorCode, "PEER_ID_DUPLICATE" | "CONNECTION_CLOSED">;
  readonly why: string;
}

/** Links to one peer that are in their handshake. One more is refused. */
const NEWCOMERS_MAX = 16;

interface Newcomer {
  readonly link: LiveLink;
  readonly decided: (objection: Objection | null) => void;
  state: "waiting" | "doubted" | "admitted";
  /** Whether those of other lives wait for it. Once it is admitted, for a while only: its other end may never answer. */
  isHolding: boolean;
  /** Of a doubted one: the link that was up when the doubt began has brought a frame since. */
  isOldHeard: boolean;
  /** Of an admitted one: the link whose place it takes because that was silent. */
  silent: LiveLink | null;
  /** The end of the doubt, or of `isHolding`. */
  timer: Timer | null;
}

/** The links to one peer: at most one that is up, and newcomers in the order in which they have come. See `LiveLinks`. */
export class Seat {
  private readonly options: LiveLinkOptions;
  private current: LiveLink | null = null;
  private newcomers: Newcomer[] = [];

  constructor(options: LiveLinkOptions) {
    this.options = options;
  }

  get isEmpty(): boolean {
    return this.current === null && this.newcomers.length === 0;
  }

  admit(link: LiveLink, decided: (objection: Objection | null) => void): void {
    if (this.newcomers.length >= NEWCOMERS_MAX) {
      return decided({ code: "CONNECTION_CLOSED", why: `${NEWCOMERS_MAX} links to the same peer are not up yet` });
    }
    const fresh = { state: "waiting", isHolding: true, isOldHeard: false, silent: null, timer: null } as const;
    this.newcomers.push({ link, decided, ...fresh });
    this.look();
  }

  open(link: LiveLink): Objection | null {
    const old = this.current;
    const newcomer = this.newcomers.find((other) => other.link === link);
    // The link that is up may be another one than the newcomer was judged by.
    const mayReplace = old === null || old === newcomer?.silent || isPreferred(link, old);
    if (!mayReplace) return objectionTo(link, old);
    this.remove(link);
    this.current = link;
    old?.replace("the other end has come over another connection");
    for (const other of this.newcomers) {
      if (!isPreferred(link, other.link)) continue;
      this.remove(other.link);
      other.link.replace("dials have crossed, and the other connection is kept");
    }
    this.judgeAnew();
    return null;
  }

  heard(link: LiveLink): void {
    if (link !== this.current) return;
    for (const newcomer of this.newcomers) newcomer.isOldHeard = true;
  }

  closed(link: LiveLink): void {
    this.remove(link);
    if (this.current === link) {
      this.current = null;
      this.judgeAnew();
    } else {
      this.look();
    }
  }

  /** The link by which newcomers were being judged is no more. */
  private judgeAnew(): void {
    for (const newcomer of this.newcomers) {
      if (newcomer.state !== "doubted") continue;
      newcomer.timer?.cancel();
      newcomer.state = "waiting";
    }
    this.look();
  }

  private look(): void {
    for (const newcomer of this.newcomers) {
      // Deciding on one may have decided on others.
      if (newcomer.state !== "waiting" || !this.newcomers.includes(newcomer) || this.mustWait(newcomer)) continue;
      this.judge(newcomer);
    }
  }

  private mustWait({ link }: Newcomer): boolean {
    const holding = this.newcomers.filter(({ isHolding }) => isHolding);
    const [first] = holding;
    return (
      (first !== undefined && !isSameLife(first.link, link)) || holding.some((other) => isPreferred(other.link, link))
    );
  }

  private judge(newcomer: Newcomer): void {
    const old = this.current;
    if (old === null || isPreferred(newcomer.link, old)) return this.letIn(newcomer, null);
    newcomer.state = "doubted";
    newcomer.isOldHeard = false;
    newcomer.timer = this.setTimer(() => {
      if (!newcomer.isOldHeard) return this.letIn(newcomer, old);
      this.remove(newcomer.link);
      newcomer.decided(objectionTo(newcomer.link, old));
      this.look();
    });
  }

  private letIn(newcomer: Newcomer, silent: LiveLink | null): void {
    newcomer.state = "admitted";
    newcomer.silent = silent;
    newcomer.timer = this.setTimer(() => {
      newcomer.isHolding = false;
      this.look();
    });
    newcomer.decided(null);
  }

  private setTimer(callback: () => void): Timer {
    return this.options.clock.setTimer(this.options.aliveWithinMs, callback);
  }

  private remove(link: LiveLink): void {
    for (const { link: other, timer } of this.newcomers) if (other === link) timer?.cancel();
    this.newcomers = this.newcomers.filter((other) => other.link !== link);
  }
}

function isSameLife(one: LiveLink, other: LiveLink): boolean {
  return one.hello.incarnation === other.hello.incarnation;
}

/** Whether `one` is kept rather than `other`, which is between the same lives of the two peers. Both ends see it alike. */
function isPreferred(one: LiveLink, other: LiveLink): boolean {
  if (!isSameLife(one, other)) return false;
  return one.dialler === other.dialler ? one.order > other.order : one.dialler < other.dialler;
}

function objectionTo(link: LiveLink, old: LiveLink): Objection {
  const { peer } = link.hello;
  if (isSameLife(link, old)) {
    return { code: "CONNECTION_CLOSED", why: `peer ${peer} is here over another connection, which is kept` };
  }
  return { code: "PEER_ID_DUPLICATE", why: `another peer ${peer} is alive: give each peer an id of its own` };
}
