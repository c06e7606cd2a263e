import { parseAst } from "vitest/node";

/** A node of the ESTree that vite's parser makes of TypeScript. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

export function parse(code: string): SyntaxNode {
  return parseAst(code, { lang: "ts" }) as unknown as SyntaxNode;
}

function childrenOf(node: SyntaxNode): { key: string; child: SyntaxNode }[] {
  return Object.entries(node).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).filter(isSyntaxNode).map((child) => ({ key, child })),
  );
}

/** Calls `visit` for each node below `node`, parents first, with the parent and the property that holds the node. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode, parent: SyntaxNode, key: string) => void): void {
  for (const { key, child } of childrenOf(node)) {
    visit(child, node, key);
    walk(child, visit);
  }
}

/** The module specifiers that `code` imports or re-exports, those of types and of `import()` included. */
export function importsOf(code: string): string[] {
  const specifiers = new Set<string>();
  walk(parse(code), (node) => {
    const source = node["source"];
    if (isSyntaxNode(source) && typeof source["value"] === "string") specifiers.add(source["value"]);
  });
  return [...specifiers];
}

/** The package of a bare specifier: `@a/b/c` is of `@a/b`; undefined for relative ones. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".")) return undefined;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
