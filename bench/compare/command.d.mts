export interface Settings {
  readonly wanted: readonly string[];
  /** Null: as many as each row wants. */
  readonly runs: number | null;
  readonly products: readonly string[];
  readonly seconds: number;
  readonly json: string | null;
}

export function readCommand(args: readonly string[]): Settings;
