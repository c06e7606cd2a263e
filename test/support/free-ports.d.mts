/** So many ports of loopback at which nobody listens, none of which this process has been given lately. */
export function freePorts(count: number): Promise<number[]>;
