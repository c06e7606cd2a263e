/** The host of an address `host:port` or `[host]:port`; none of an address of another form. */
export function hostOf(address: string): string | null {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+)):\d+$/.exec(address) ?? [];
  return bracketed ?? plain ?? null;
}
