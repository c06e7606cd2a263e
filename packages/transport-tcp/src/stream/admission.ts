import { isIPv6 } from "node:net";

export interface AdmissionLimits {
  /** Connections that came in through one listener and are open, or in their handshake. */
  readonly connectionsMax: number;
  /** The same from one IPv4 address, or from one IPv6 network of 64 bits, which is what one host is commonly given. */
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
    const origin = ip === null ? null : originOf(ip);
    const ofAddress = origin === null ? 0 : (this.countOfAddress.get(origin) ?? 0);
    if (ofAddress >= connectionsPerAddressMax) {
      return `there are ${ofAddress} connections from ${origin} already (connectionsPerAddressMax)`;
    }
    this.count++;
    if (origin !== null) this.countOfAddress.set(origin, ofAddress + 1);
    return null;
  }

  release(ip: string | null): void {
    this.count--;
    if (ip === null) return;
    const origin = originOf(ip);
    const ofAddress = (this.countOfAddress.get(origin) ?? 0) - 1;
    if (ofAddress > 0) this.countOfAddress.set(origin, ofAddress);
    else this.countOfAddress.delete(origin);
  }
}

/** Where an IP address, as `ConnectionInfo.remoteIp` has it, is counted. */
export function originOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [head = "", tail] = ip.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    // A group of four decimal numbers at the end stands for two.
    const tailCount = tail === "" ? 0 : tail.split(":").length + (tail.includes(".") ? 1 : 0);
    for (let missing = 8 - groups.length - tailCount; missing > 0; missing--) groups.push("0");
    if (tail !== "") groups.push(...tail.split(":"));
  }
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}
