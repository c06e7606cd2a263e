export interface AdmissionLimits {
  /** Connections that came in through one listener and are open, or in their handshake. */
  readonly connectionsMax: number;
  /** The same from one IP address. */
  readonly connectionsPerAddressMax: number;
}

/** Counts the connections of one listener, in total and by where they come from. */
export class Admission {
  private readonly limits: AdmissionLimits;
  private readonly countOfAddress = new Map<string, number>();
  private count = 0;

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  /** Null if one more may come in, which then is counted until `release`; otherwise what stands against it. */
  admit(ip: string | null): string | null {
    const { connectionsMax, connectionsPerAddressMax } = this.limits;
    if (this.count >= connectionsMax) return `there are ${this.count} connections already (connectionsMax)`;
    const ofAddress = ip === null ? 0 : (this.countOfAddress.get(ip) ?? 0);
    if (ofAddress >= connectionsPerAddressMax) {
      return `there are ${ofAddress} connections from ${ip} already (connectionsPerAddressMax)`;
    }
    this.count++;
    if (ip !== null) this.countOfAddress.set(ip, ofAddress + 1);
    return null;
  }

  release(ip: string | null): void {
    this.count--;
    if (ip === null) return;
    const ofAddress = (this.countOfAddress.get(ip) ?? 0) - 1;
    if (ofAddress > 0) this.countOfAddress.set(ip, ofAddress);
    else this.countOfAddress.delete(ip);
  }
}
