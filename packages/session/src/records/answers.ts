import type {
  ExistsResponse,
  GetAclResponse,
  GetChildren2Response,
  GetDataResponse,
  SetAclResponse,
  SetDataResponse,
  WhoAmIResponse,
} from "@coterie/protocol";
import type { AclAndStat, Children, Znode } from "../session.ts";
import type { Stat } from "../stat.ts";
import { aclOf } from "./acl.ts";
import { statOf } from "./stat-of.ts";
import { createZnode } from "./znode.ts";

/** What the application gets for each answer. */

export function znodeOf({ data, stat }: GetDataResponse, path: string): Znode {
  return createZnode(path, data, stat);
}

export function statIn({ stat }: ExistsResponse | SetDataResponse | SetAclResponse): Stat {
  return statOf(stat);
}

export function childrenOf({ children, stat }: GetChildren2Response): Children {
  return { children: [...children], stat: statOf(stat) };
}

export function aclAndStatOf({ acl, stat }: GetAclResponse): AclAndStat {
  return { acl: aclOf(acl), stat: statOf(stat) };
}

export function identitiesOf({ clientInfo }: WhoAmIResponse): { readonly scheme: string; readonly user: string }[] {
  return clientInfo.map(({ authScheme, user }) => ({ scheme: authScheme, user }));
}

export function nothing(): void {
  // The answer says no more than that it was done.
}
