const TIME = /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d (?:UTC )?(?!1970)\d{4}\b/g;
const ZXID = /\b([cmp](?:Zxid = 0x|zxid=))([0-9a-f]+)/g;
const OWNER = /\b((?:ephemeralOwner|session Id) = (?:0x)?|session id: 0x)([0-9a-f]*[1-9a-f][0-9a-f]*)\b/g;

/**
 * Times become TIME, but for the beginning of time, and session ids the order of their first appearance. Zxids stay, without
 * their epoch: on both sides, counting begins with the first session.
 */
export function normaliseStats(output: string): string {
  const sessions: string[] = [];
  const ordinal = (id: string): number => {
    if (!sessions.includes(id)) sessions.push(id);
    return sessions.indexOf(id) + 1;
  };
  return output
    .replaceAll(TIME, "TIME")
    .replaceAll(ZXID, (_, label: string, zxid: string) => label + (BigInt(`0x${zxid}`) & 0xffffffffn).toString(16))
    .replaceAll(OWNER, (_, label: string, id: string) => `${label}session ${ordinal(id)}`);
}
