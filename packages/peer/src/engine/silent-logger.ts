import type { Logger } from "../options.ts";

const nothing = (): void => undefined;

export const SILENT_LOGGER: Logger = Object.freeze({ debug: nothing, info: nothing, warn: nothing, error: nothing });
