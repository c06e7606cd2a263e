// The table that is printed.

const HEAD = [
  "row",
  "ZooKeeper",
  "Coterie",
  "ratio",
  "target",
  "",
  "p99 ratio",
  "",
  "server CPU us/op",
  "etcd",
  "ratio",
  "target",
  "",
  "floor",
  "ratio",
];

/** Three digits that count. */
export function formatNumber(value) {
  if (value === null || value === undefined) return "-";
  const size = Math.abs(value);
  return size >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(size >= 10 ? 1 : 2);
}

function formatSide(side, unit) {
  if (side === null) return "-";
  const { value, isDisturbed, errors } = side;
  const text = unit === "/s" ? `${formatNumber(value)}/s` : `${formatNumber(value)} ${unit}`;
  return `${text}${isDisturbed ? " *" : ""}${errors > 0 ? ` (${errors} errors)` : ""}`;
}

export function formatTarget(target, unit) {
  if (target === null) return "";
  if (target.atMost !== undefined) return `<= ${formatNumber(target.atMost)} ${unit}`;
  return target.ratioAtMost === undefined ? `>= ${target.ratioAtLeast}x` : `<= ${target.ratioAtMost}x`;
}

const formatRatio = (ratio) => (ratio === null ? "" : `${formatNumber(ratio)}x`);
const formatVerdict = (isMet) => (isMet === null ? "" : isMet ? "met" : "NOT MET");

function formatCpu({ zookeeper, coterie, floor }) {
  const costs = [zookeeper, coterie, ...(floor === null ? [] : [floor])].map((side) => formatNumber(side?.cpuUs));
  return costs.every((cost) => cost === "-") ? "" : costs.join(" : ");
}

function cellsOf(row) {
  return [
    row.title,
    formatSide(row.zookeeper, row.unit),
    formatSide(row.coterie, row.unit),
    formatRatio(row.ratio),
    formatTarget(row.target, row.unit),
    formatVerdict(row.isMet),
    formatRatio(row.p99Ratio),
    formatVerdict(row.isP99Met),
    formatCpu(row),
    row.etcd === null ? "" : formatSide(row.etcd, row.unit),
    formatRatio(row.etcdRatio),
    formatTarget(row.etcdTarget, row.unit),
    formatVerdict(row.isEtcdMet),
    row.floor === null ? "" : formatSide(row.floor, row.unit),
    formatRatio(row.floorRatio),
  ];
}

/** As Markdown, in columns that also a terminal shows as such. */
export function formatTable(rows) {
  const lines = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column].length)));
  const format = (cells) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  const notes = rows.some(({ zookeeper, coterie, etcd, floor }) =>
    [zookeeper, coterie, etcd, floor].some((side) => side?.isDisturbed),
  )
    ? ["", "* fewer than two runs without other work on the machine: take it with care"]
    : [];
  return [format(HEAD), rule, ...rows.map((row) => format(cellsOf(row))), ...notes].join("\n");
}
