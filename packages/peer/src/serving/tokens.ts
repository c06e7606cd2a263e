import type { PeerId, Random } from "@coterie/interface";

/** Bits of a token that count; above them stands the peer's id, and the sign. */
const SERIAL_SPAN = 2 ** 23;

/**
 * Names of handshakes: negative 32-bit numbers that no two peers share, by which a peer knows its own in the stream of
 * txns. They begin anywhere, so that those of an earlier life of this peer are not taken for its own.
 */
export class Tokens {
  private readonly peerId: PeerId;
  private serial: number;

  constructor(peerId: PeerId, random: Random) {
    this.peerId = peerId;
    this.serial = random.uint32() % SERIAL_SPAN;
  }

  next(): number {
    this.serial = (this.serial + 1) % SERIAL_SPAN;
    return -1 - (this.peerId * SERIAL_SPAN + this.serial);
  }
}
