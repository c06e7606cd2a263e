import { CoterieError, shownOf } from "@coterie/interface";

/** As Curator's UriSpec is written: a text, or the name of what is filled in. */
export interface UriPart {
  readonly value: string;
  readonly variable: boolean;
}

/** What a template may name without anything being given for it. */
export interface UriSource {
  readonly name: string;
  readonly id: string;
  readonly address: string | null;
  readonly port: number | null;
  readonly sslPort: number | null;
  readonly registrationTimeUTC: number;
  readonly serviceType: string;
}

const OPEN = "[";
const CLOSE = "]";

/** Of a template as `{scheme}://{address}:{port}/`. @throws CoterieError BAD_ARGUMENTS */
export function partsOf(template: string): readonly UriPart[] {
  const tokens = template.split(/(\{[^{}]*\})/).filter((token) => token !== "");
  return tokens.map((token) => {
    if (/^\{[^{}]*\}$/.test(token)) return { value: token.slice(1, -1).trim(), variable: true };
    if (!/[{}]/.test(token)) return { value: token, variable: false };
    const hint = `write {${OPEN}} and {${CLOSE}} for braces that stand for themselves`;
    throw new CoterieError("BAD_ARGUMENTS", `a brace stands alone in the URI spec ${shownOf(template)}: ${hint}`);
  });
}

/** The template that has these parts. */
export function templateOf(parts: readonly UriPart[]): string {
  return parts.map(({ value, variable }) => (variable ? `{${value}}` : escaped(value))).join("");
}

function escaped(text: string): string {
  return text.replaceAll(/[{}]/g, (brace) => (brace === "{" ? `{${OPEN}}` : `{${CLOSE}}`));
}

/** With `variables` before what the instance says of itself. What nobody knows is left out, as Curator does. */
export function fillIn(template: string, source: UriSource, variables: Readonly<Record<string, string>>): string {
  const known: Readonly<Record<string, string>> = {
    [OPEN]: "{",
    [CLOSE]: "}",
    scheme: source.sslPort === null ? "http" : "https",
    name: source.name,
    id: source.id,
    address: source.address ?? "",
    port: String(source.port ?? ""),
    "ssl-port": String(source.sslPort ?? ""),
    "registration-time-utc": String(source.registrationTimeUTC),
    "service-type": source.serviceType.toLowerCase(),
  };
  const valueOf = (name: string): string => {
    if (Object.hasOwn(variables, name)) return variables[name] ?? "";
    return Object.hasOwn(known, name) ? (known[name] ?? "") : "";
  };
  return partsOf(template)
    .map(({ value, variable }) => (variable ? valueOf(value) : value))
    .join("");
}
