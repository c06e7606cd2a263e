import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Whether a shell would find it. */
export function hasCommand(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
