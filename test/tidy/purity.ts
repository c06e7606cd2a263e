import { isSyntaxNode, parse, type SyntaxNode, walk } from "./syntax.ts";

/** Names that stand for a clock, randomness, a timer, a promise, I/O, the console, or a way to reach one of them. */
const FORBIDDEN_GLOBALS: ReadonlySet<string> = new Set([
  ..."Date Promise performance crypto Intl process Buffer console fetch require globalThis global window self".split(
    " ",
  ),
  ..."setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask".split(" "),
  ..."TextDecoder TextEncoder AbortController AbortSignal EventTarget Worker MessageChannel structuredClone".split(" "),
  ..."WeakRef FinalizationRegistry SharedArrayBuffer Atomics eval Function".split(" "),
]);

const FORBIDDEN_NODES: ReadonlyMap<string, string> = new Map([
  ["AwaitExpression", "await"],
  ["ImportExpression", "import()"],
  ["MetaProperty", "import.meta or new.target"],
]);

export interface PurityOptions {
  /** Whether `Promise` may stand where a type stands: the seams are types of what does I/O elsewhere. */
  readonly allowsPromiseTypes?: boolean;
}

/** What in `code` a [pure] package may not contain, each with its line; empty if there is nothing. */
export function impuritiesOf(code: string, options: PurityOptions = {}): string[] {
  const found: string[] = [];
  const program = parse(code);
  const report = (node: SyntaxNode, what: string): void => {
    found.push(`${code.slice(0, node.start).split("\n").length}: ${what}`);
  };
  walk(program, (node, parent, key) => {
    if (node["async"] === true) report(node, "async");
    const forbidden = FORBIDDEN_NODES.get(node.type);
    if (forbidden !== undefined) report(node, forbidden);
    const isAllowed = options.allowsPromiseTypes === true && isPromiseType(node, parent);
    if (!isAllowed && isForbiddenReference(node, parent, key)) report(node, String(node["name"]));
    if (isMathRandom(node)) report(node, "Math.random");
    if (isModuleVariable(node, parent, program)) {
      if (node["kind"] !== "const") report(node, "a module variable that can be assigned");
      if (holdsCollection(node)) report(node, "a module collection that is not read-only by its type");
    }
    const source = node["source"];
    if (isSyntaxNode(source) && isForeign(String(source["value"])))
      report(node, `import of ${String(source["value"])}`);
  });
  return found;
}

function isForbiddenReference(node: SyntaxNode, parent: SyntaxNode, key: string): boolean {
  if (node.type !== "Identifier" || !FORBIDDEN_GLOBALS.has(String(node["name"]))) return false;
  // A property may have any name; only the object it is read from matters.
  const isPropertyName = (key === "property" || key === "key") && parent["computed"] !== true;
  const isShorthand = parent["shorthand"] === true;
  return !isPropertyName || isShorthand;
}

function isPromiseType(node: SyntaxNode, parent: SyntaxNode): boolean {
  return isIdentifier(node, "Promise") && parent.type === "TSTypeReference";
}

/** `Math.random`, and `Math` in any use that hides which of its functions is meant. */
function isMathRandom(node: SyntaxNode): boolean {
  if (node.type === "VariableDeclarator" && isIdentifier(node["init"], "Math")) return true;
  if (node.type !== "MemberExpression" || !isIdentifier(node["object"], "Math")) return false;
  return node["computed"] === true || isIdentifier(node["property"], "random");
}

function isIdentifier(node: unknown, name: string): boolean {
  return isSyntaxNode(node) && node.type === "Identifier" && node["name"] === name;
}

function isModuleVariable(node: SyntaxNode, parent: SyntaxNode, program: SyntaxNode): boolean {
  if (node.type !== "VariableDeclaration" || node["declare"] === true) return false;
  return parent === program || parent.type === "ExportNamedDeclaration";
}

function holdsCollection(declaration: SyntaxNode): boolean {
  return (declaration["declarations"] as SyntaxNode[]).some((declarator) => {
    const { id, init } = declarator as { id?: SyntaxNode; init?: SyntaxNode | null };
    if (init?.type !== "NewExpression") return false;
    const isCollection = ["Map", "Set", "WeakMap", "WeakSet"].some((name) => isIdentifier(init["callee"], name));
    return isCollection && !JSON.stringify(id?.["typeAnnotation"] ?? null).includes('"name":"Readonly');
  });
}

function isForeign(specifier: string): boolean {
  return !specifier.startsWith(".") && !specifier.startsWith("@coterie/");
}
