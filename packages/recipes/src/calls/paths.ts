/** Of a path that is not the root. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** The last name of a path; none for the root. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function childOf(path: string, name: string): string {
  return `${prefixOf(path)}${name}`;
}

/** What the paths of all that is below it begin with. */
export function prefixOf(path: string): string {
  return path === "/" ? path : `${path}/`;
}
