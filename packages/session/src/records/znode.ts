import { CoterieError } from "@coterie/interface";
import type { Stat as WireStat } from "@coterie/protocol";
import type { Znode } from "../session.ts";
import type { Stat } from "../stat.ts";
import { textOf } from "./data.ts";
import { statOf } from "./stat-of.ts";

/** `data` belongs to the caller of `get` from here on. */
export function createZnode(path: string, data: Uint8Array | null, stat: WireStat): Znode {
  return new ReadZnode(path, data, statOf(stat));
}

class ReadZnode implements Znode {
  readonly data: Uint8Array | null;
  readonly stat: Stat;
  readonly #path: string;

  constructor(path: string, data: Uint8Array | null, stat: Stat) {
    this.data = data;
    this.stat = stat;
    this.#path = path;
  }

  text(): string {
    return textOf(this.data);
  }

  json<T = unknown>(schema?: { parse(value: unknown): T }): T {
    if (this.data === null) throw this.#badData("has no data, which is no JSON", undefined);
    let value: unknown;
    try {
      value = JSON.parse(this.text());
    } catch (cause) {
      throw this.#badData("does not hold JSON", cause);
    }
    if (schema === undefined) return value as T;
    try {
      return schema.parse(value);
    } catch (cause) {
      throw this.#badData("holds JSON that the schema refuses", cause);
    }
  }

  #badData(what: string, cause: unknown): CoterieError {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    return new CoterieError("BAD_DATA", `${this.#path} ${what}${why}`, { path: this.#path, cause });
  }
}
