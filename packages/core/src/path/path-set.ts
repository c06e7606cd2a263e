import { isValidPath } from "./validate-path.ts";

interface Node {
  /** What stands behind the parent's path: a slash and a name, or several of both. Empty for the root. */
  label: string;
  /** By the first name of their labels. */
  children: Map<string, Node>;
  /** The path up to here, if it is a member. */
  member: string | null;
  /** How often it was added and not yet removed. */
  uses: number;
}

/**
 * Paths, and which of them stand on the way to another path. Answers in time that grows with that path's length and
 * nothing else: to cut out and hash each of its ancestors would take its square, and deep paths come from clients.
 *
 * A tree by names in which a node that is no member and has a single child is one with it, so that its size is that of
 * the members' text. What is no valid path is on the way to none, and is left out.
 */
export class PathSet {
  private readonly root: Node = createNode("");
  private count = 0;

  get isEmpty(): boolean {
    return this.count === 0;
  }

  has(path: string): boolean {
    return this.onWayTo(path).at(-1) === path;
  }

  /** A path may be added several times, and is a member until it is removed as often. */
  add(path: string): void {
    if (!isValidPath(path)) return;
    let at = this.root;
    for (let start = 0; start < lengthOf(path);) {
      const name = firstName(path, start);
      let child = at.children.get(name);
      if (child === undefined) at.children.set(name, (child = createNode(path.slice(start))));
      const common = commonLength(child.label, path, start);
      if (common < child.label.length) split(child, common);
      at = child;
      start += common;
    }
    if (at.uses === 0) this.count += 1;
    at.uses += 1;
    at.member ??= path;
  }

  remove(path: string): void {
    const nodes = [...this.walk(path)];
    const last = nodes.at(-1);
    if (last === undefined || last.member !== path) return;
    last.uses -= 1;
    if (last.uses > 0) return;
    last.member = null;
    this.count -= 1;
    const parent = nodes.at(-2);
    if (parent !== undefined && last.children.size === 0) parent.children.delete(firstName(last.label, 0));
    for (const node of [last, parent]) if (node !== undefined && node !== this.root) mergeWithOnlyChild(node);
  }

  /** The members that are `path` or an ancestor of it, the shortest first. */
  onWayTo(path: string): string[] {
    const members: string[] = [];
    for (const { member } of this.walk(path)) if (member !== null) members.push(member);
    return members;
  }

  /** The nodes from the root on whose paths are `path` or an ancestor of it. */
  private *walk(path: string): IterableIterator<Node> {
    if (!path.startsWith("/")) return;
    yield this.root;
    let at = this.root;
    for (let start = 0; start < lengthOf(path); start += at.label.length) {
      const child = at.children.get(firstName(path, start));
      if (child === undefined || !path.startsWith(child.label, start)) return;
      if (!isBorder(path, start + child.label.length)) return;
      at = child;
      yield at;
    }
  }
}

function createNode(label: string): Node {
  return { label, children: new Map(), member: null, uses: 0 };
}

/** Without the slash of the root, which is a parent's path and stands before no name. */
function lengthOf(path: string): number {
  return path === "/" ? 0 : path.length;
}

/** The name behind the slash at `start`. */
function firstName(path: string, start: number): string {
  const end = path.indexOf("/", start + 1);
  return path.slice(start + 1, end < 0 ? path.length : end);
}

/** Whether a name of `path` ends before `at`. */
function isBorder(path: string, at: number): boolean {
  return at === path.length || path[at] === "/";
}

/** How much of `label` stands at `start` in `path`, in whole names. */
function commonLength(label: string, path: string, start: number): number {
  const end = Math.min(label.length, path.length - start);
  let length = 0;
  while (length < end && label.charCodeAt(length) === path.charCodeAt(start + length)) length += 1;
  while (!isBorder(label, length) || !isBorder(path, start + length)) length -= 1;
  return length;
}

/** Keeps `length` of the node's label; the rest becomes its only child. */
function split(node: Node, length: number): void {
  const rest: Node = { ...node, label: node.label.slice(length) };
  node.label = node.label.slice(0, length);
  node.children = new Map([[firstName(rest.label, 0), rest]]);
  node.member = null;
  node.uses = 0;
}

function mergeWithOnlyChild(node: Node): void {
  if (node.member !== null || node.children.size !== 1) return;
  const [child] = node.children.values();
  Object.assign(node, { ...child!, label: node.label + child!.label });
}
