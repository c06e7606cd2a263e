import type { LogStorage } from "../../../packages/interface/dist/index.js";
import type { Failpoint } from "./failpoint.mjs";

export function failingStorage(storage: LogStorage, failpoint: Failpoint): LogStorage;
