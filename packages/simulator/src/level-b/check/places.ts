import { Violation } from "../../invariants/invariant.ts";
import type { HoldKind, HoldNote } from "../recipes/recipe-book.ts";
import type { Timeline } from "./timeline.ts";

/** The life of a contender's znode, by the log. */
export interface PlaceLife {
  readonly path: string;
  readonly label: string;
  readonly sequence: number;
  readonly owner: string | null;
  /** The zxid of its create, and that of its delete: Infinity if it is there. */
  readonly from: number;
  readonly until: number;
}

/** A hold, as the log has it. */
export interface HoldLife {
  readonly note: HoldNote;
  readonly place: PlaceLife;
  /** The zxid from which on it is its turn: nobody is before it whom it has to wait for. */
  readonly turn: number;
}

const NAME = /\/_c_[\da-f-]{36}-(?<label>.+?)(?<sequence>\d{10})$/;

/** What holds of a recipe come to, by the order in which the ensemble did things. */
export class Places {
  private readonly timeline: Timeline;
  private readonly leases: number;
  private readonly byQueue = new Map<string, readonly PlaceLife[]>();

  constructor(timeline: Timeline, leases: number) {
    this.timeline = timeline;
    this.leases = leases;
  }

  /** Whose places there ever were below it, in the order in which they were taken. @throws Violation */
  below(queue: string): readonly PlaceLife[] {
    let places = this.byQueue.get(queue);
    if (places !== undefined) return places;
    const paths = this.timeline.pathsBelow(queue).filter((path) => path.lastIndexOf("/") === queue.length);
    places = paths.flatMap((path) => this.lifeOf(path) ?? []).toSorted((one, other) => one.from - other.from);
    checkSequences(places);
    this.byQueue.set(queue, places);
    return places;
  }

  /** @throws Violation if there was no such znode, or its turn never came */
  lifeOfHold(note: HoldNote): HoldLife {
    const { kind, queue, place: path, token, session } = note;
    const places = this.below(queue);
    const place = places.find((each) => each.path === path);
    if (place === undefined) return fail(note, "has a znode that there never was");
    if (place.from !== token) fail(note, `has a znode whose czxid is ${place.from}`);
    if (place.owner !== session.sessionId) fail(note, `has a znode of ${place.owner}`);
    const before = places.filter((other) => other.from < place.from && blocks(kind, other));
    // So many of them may be there beside it: the others have to be gone.
    const beside = kind === "lease" ? this.leases - 1 : 0;
    const ends = before.map(({ until }) => until).toSorted((one, other) => other - one);
    const turn = Math.max(place.from, ends[beside] ?? 0);
    if (turn >= place.until) fail(note, `has a znode that went at ${place.until}, and its turn came at ${turn}`);
    return { note, place, turn };
  }

  private lifeOf(path: string): PlaceLife | null {
    const { label, sequence } = NAME.exec(path)?.groups ?? {};
    const states = this.timeline.of(path);
    const made = states.find(({ event }) => event === "created");
    if (label === undefined || sequence === undefined || made === undefined) return null;
    const until = states.find(({ event }) => event === "deleted")?.from ?? Infinity;
    return { path, label, sequence: Number(sequence), owner: made.node?.owner ?? null, from: made.from, until };
  }
}

/** Whom a contender of this kind waits for, of those before it: readers for writers alone, who meets for nobody. */
export function blocks(kind: HoldKind, { label }: PlaceLife): boolean {
  if (kind === "member") return false;
  return kind !== "read" || label === "__WRIT__";
}

/** A queue that is deleted and made anew counts from the beginning: nobody was in it when it went. */
function checkSequences(places: readonly PlaceLife[]): void {
  for (const [index, place] of places.entries()) {
    const wrong = places
      .slice(0, index)
      .find(({ sequence, until }) => sequence >= place.sequence && until > place.from);
    if (wrong !== undefined) {
      throw new Violation("unique-sequence-names", `${place.path} came behind ${wrong.path}, and is before it`);
    }
  }
}

function fail({ kind, place, token, session }: HoldNote, what: string): never {
  throw new Violation("mutual-exclusion", `${kind} ${place} of ${session.client} with token ${token} ${what}`);
}
