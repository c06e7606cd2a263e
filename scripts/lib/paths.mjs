import { fileURLToPath } from "node:url";

/** The root of the repository, with a trailing separator. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** What scripts keep between runs; ignored by git and safe to delete. */
export const cache = `${root}.cache/`;
