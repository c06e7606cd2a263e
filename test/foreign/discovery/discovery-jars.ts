import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where `pom.xml` has them copied. */
const FOLDER = fileURLToPath(new URL("../../../.cache/java/curator-discovery-5.4.0/", import.meta.url));

/** Those of Curator's service discovery, and of what it needs; none if they were not fetched. */
export function discoveryJars(): readonly string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).flatMap((name) => (name.endsWith(".jar") ? [FOLDER + name] : []));
}
