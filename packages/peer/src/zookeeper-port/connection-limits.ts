/** How many connections there are, in all and from each address. */
export class ConnectionLimits {
  private readonly perIpMax: number;
  private readonly max: number;
  private readonly byIp = new Map<string, number>();
  private count = 0;

  /** 0 for no limit. */
  constructor(perIpMax: number, max: number) {
    this.perIpMax = perIpMax;
    this.max = max;
  }

  /** Whether there is room for one more, which is counted then. `ip` is null where clients have none. */
  admit(ip: string | null): boolean {
    const fromThere = ip === null ? 0 : (this.byIp.get(ip) ?? 0);
    if (this.max > 0 && this.count >= this.max) return false;
    if (ip !== null && this.perIpMax > 0 && fromThere >= this.perIpMax) return false;
    this.count += 1;
    if (ip !== null) this.byIp.set(ip, fromThere + 1);
    return true;
  }

  /** One that was admitted has gone. */
  release(ip: string | null): void {
    this.count -= 1;
    if (ip === null) return;
    const left = (this.byIp.get(ip) ?? 1) - 1;
    if (left === 0) this.byIp.delete(ip);
    else this.byIp.set(ip, left);
  }
}
