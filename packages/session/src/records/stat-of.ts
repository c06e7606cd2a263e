import { formatSessionId, SESSION_NONE, type SessionId } from "@coterie/interface";
import type { Stat as WireStat } from "@coterie/protocol";
import type { Stat } from "../stat.ts";

export function statOf(stat: WireStat): Stat {
  return {
    czxid: stat.czxid,
    mzxid: stat.mzxid,
    pzxid: stat.pzxid,
    ctimeMs: stat.ctime,
    mtimeMs: stat.mtime,
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: stat.ephemeralOwner === SESSION_NONE ? null : formatSessionId(stat.ephemeralOwner as SessionId),
    dataSizeBytes: stat.dataLength,
    childCount: stat.numChildren,
  };
}
