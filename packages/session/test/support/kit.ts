import { CoterieError } from "@coterie/interface";
import { createSession, type Session, type SessionOptions } from "../../src/index.ts";
import { ManualClock } from "./manual-clock.ts";
import { ScriptedChannel } from "./scripted-channel.ts";

export interface Scripted {
  readonly channel: ScriptedChannel;
  readonly clock: ManualClock;
  readonly session: Session;
}

/** A session over a channel that the test plays. */
export function scripted(options: SessionOptions = {}): Scripted {
  const channel = new ScriptedChannel();
  const clock = new ManualClock();
  return { channel, clock, session: createSession(channel, { clock, ...options }) };
}

/** What a call has rejected with; fails if it has not. */
export async function errorOf(call: Promise<unknown>): Promise<CoterieError> {
  const error: unknown = await call.then(
    () => new Error("the call has not failed"),
    (reason: unknown) => reason,
  );
  if (error instanceof CoterieError) return error;
  throw error;
}

export async function codeOf(call: Promise<unknown>): Promise<string> {
  return (await errorOf(call)).code;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
