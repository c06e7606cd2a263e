/**
 * The entries of a file in the form of Java's Properties, as zoo.cfg is: `key=value`, `key: value` or `key value` a line, `#` and `!`
 * begin comments, a backslash at the end goes on in the next line. Of a key that stands twice the last one counts.
 */
export function parseProperties(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  for (let index = 0; index < lines.length; index++) {
    let line = lines[index]!.trimStart();
    if (line === "" || line.startsWith("#") || line.startsWith("!")) continue;
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(line) && index + 1 < lines.length) {
      line = line.slice(0, -1) + lines[++index]!.trimStart();
    }
    const [, key = "", value = ""] = /^((?:\\.|[^=:\s\\])+)\s*[=:]?\s*(.*)$/s.exec(line) ?? [];
    entries.set(unescape(key), unescape(value).trim());
  }
  return entries;
}

function unescape(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return ESCAPES[escaped] ?? escaped;
  });
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f" };
