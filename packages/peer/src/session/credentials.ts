import type { AuthRequest } from "@coterie/protocol";

/** What a session has shown and its peer has taken, to be shown again on each connection; each of them once. */
export class Credentials {
  private readonly taken: AuthRequest[] = [];

  add(request: AuthRequest): void {
    if (!this.taken.some((other) => isSame(other, request))) this.taken.push(request);
  }

  all(): readonly AuthRequest[] {
    return this.taken;
  }
}

function isSame(one: AuthRequest, other: AuthRequest): boolean {
  if (one.scheme !== other.scheme) return false;
  if (one.auth === null || other.auth === null) return one.auth === other.auth;
  return Buffer.compare(one.auth, other.auth) === 0;
}
