import type { PeerId, Zxid } from "@coterie/interface";
import type { AckMark } from "../message.ts";
import type { Quorum } from "../quorum/quorum.ts";

const FORMAT = 1;
const MARK_SIZE_BYTES = 17;

/**
 * How far each voter's log must reach: what it has acknowledged and what was committed. Told by leaders with each
 * heartbeat and saved now and then, so that a peer whose disk was rolled back is found out by the others (R3, ST-23). A
 * new life of a peer begins anew: what the old one acknowledged is void (R3b).
 */
export class AckMarks {
  /** Whether something is known that was not saved. */
  isChanged = false;
  private readonly marks = new Map<PeerId, AckMark>();

  /** `notes` are what `encode` gave; empty, or damaged, means nothing is known. */
  constructor(notes: Uint8Array) {
    for (const mark of decodeMarks(notes)) this.marks.set(mark.peer, mark);
  }

  learn(mark: AckMark): void {
    const known = this.marks.get(mark.peer);
    if (known !== undefined && known.incarnation === mark.incarnation && known.zxid >= mark.zxid) return;
    this.marks.set(mark.peer, mark);
    this.isChanged = true;
  }

  /** What the life `incarnation` of `peer` has acknowledged; 0 if nothing is known of it. */
  acknowledged(peer: PeerId, incarnation: number): Zxid {
    const mark = this.marks.get(peer);
    return mark !== undefined && mark.incarnation === incarnation ? mark.zxid : (0 as Zxid);
  }

  /** The marks of these voters, VOTERS_MAX at most: they fit into a store's notes. */
  encode({ isVoter }: Pick<Quorum, "isVoter">): Uint8Array {
    const marks = [...this.marks.values()].filter((mark) => isVoter(mark.peer));
    const bytes = new Uint8Array(2 + marks.length * MARK_SIZE_BYTES);
    const view = new DataView(bytes.buffer);
    bytes[0] = FORMAT;
    bytes[1] = marks.length;
    let offset = 2;
    for (const { peer, incarnation, zxid } of marks) {
      view.setUint8(offset, peer);
      view.setFloat64(offset + 1, incarnation);
      view.setFloat64(offset + 9, zxid);
      offset += MARK_SIZE_BYTES;
    }
    return bytes;
  }
}

function decodeMarks(notes: Uint8Array): AckMark[] {
  const count = notes[1] ?? 0;
  if (notes[0] !== FORMAT || notes.length !== 2 + count * MARK_SIZE_BYTES) return [];
  const view = new DataView(notes.buffer, notes.byteOffset, notes.byteLength);
  const marks: AckMark[] = [];
  for (let offset = 2; offset < notes.length; offset += MARK_SIZE_BYTES) {
    const peer = view.getUint8(offset) as PeerId;
    const incarnation = view.getFloat64(offset + 1);
    const zxid = view.getFloat64(offset + 9) as Zxid;
    if (Number.isSafeInteger(incarnation) && Number.isSafeInteger(zxid)) marks.push({ peer, incarnation, zxid });
  }
  return marks;
}
