import type { CommandKind } from "./command.ts";

export interface GeneratorSettings {
  /** Commands of other kinds are left out (openSession always stays). Default: all kinds. */
  readonly kinds?: readonly CommandKind[];
  /** Session numbers are 0..sessionCount-1. Default 4. */
  readonly sessionCount?: number;
  /** A sequence is made of up to so many pieces of one to about a dozen commands. Default 50. */
  readonly piecesMax?: number;
  /** Whether one command may follow the end of its session before the number is opened again. Default true. */
  readonly withStaleSessions?: boolean;
  /** Whether x509 identities and IPv6 patterns occur. Default true. */
  readonly withForeignAcls?: boolean;
  /** Whether scenarios start from counters at the ends of int32; the driver must be able to set them. Default false. */
  readonly withPokes?: boolean;
}

/** Every setting, with its default where none is given. */
export function withDefaults(settings: GeneratorSettings): Required<GeneratorSettings> {
  return {
    kinds: settings.kinds ?? [],
    sessionCount: settings.sessionCount ?? 4,
    piecesMax: settings.piecesMax ?? 50,
    withStaleSessions: settings.withStaleSessions ?? true,
    withForeignAcls: settings.withForeignAcls ?? true,
    withPokes: settings.withPokes ?? false,
  };
}
