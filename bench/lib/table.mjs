// Prints figures as a table that a person likes to read.

function format(value, unit) {
  if (value === undefined) return "";
  const text = value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 ? 1 : 2);
  return unit === "/s" ? `${text}/s` : `${text} ${unit}`;
}

function verdict({ value, target, atLeast }) {
  if (target === undefined) return "";
  return (atLeast ? value >= target : value <= target) ? "met" : "NOT MET";
}

/** What `best` is, its bench says: the best of some rounds, or of very many the twentieth that is best. */
export function printTable(title, figures) {
  const rows = figures.map((figure) => [
    figure.name,
    format(figure.value, figure.unit),
    figure.low === undefined ? "" : `${format(figure.low, figure.unit)} .. ${format(figure.high, figure.unit)}`,
    format(figure.best, figure.unit),
    figure.target === undefined ? "" : `${figure.atLeast ? ">=" : "<="} ${format(figure.target, figure.unit)}`,
    verdict(figure),
  ]);
  const head = ["", "median", "quartiles", "best", "target", ""];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd();
  console.log(`\n${title}\n\n${line(head)}\n${widths.map((width) => "-".repeat(width)).join("  ")}`);
  for (const row of rows) console.log(line(row));
}
