import type { LogStorage } from "../../../packages/interface/src/index.ts";
import type { Failpoint } from "./failpoint.mjs";

export function failingStorage(storage: LogStorage, failpoint: Failpoint): LogStorage;
