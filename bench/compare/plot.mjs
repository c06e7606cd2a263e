// The chart of the README: for each row, how many times as good as ZooKeeper Coterie was, and etcd.
import { parse, View } from "vega";

const ROW_HEIGHT = 20;
const WIDTH = 460;
const COTERIE = "#1f6f8b";
const ETCD = "#b07d2b";
const FLOOR = "#9c3d54";
const QUIET = "#666";

/** More is better in all of it: times are turned round. Rows that have no ratio to ZooKeeper are left out. */
export function plotPoints(rows) {
  return rows.flatMap(({ title, isMoreBetter, ratio, zookeeper, etcd, floor, target }) => {
    if (ratio === null || !(ratio > 0)) return [];
    const good = (value) => (isMoreBetter ? value : 1 / value);
    const wanted = target?.ratioAtLeast ?? target?.ratioAtMost;
    const times = (side) => (side?.value > 0 && zookeeper !== null ? good(side.value / zookeeper.value) : null);
    const others = { etcd: times(etcd), floor: times(floor) };
    return [{ title, coterie: good(ratio), ...others, target: wanted === undefined ? null : good(wanted) }];
  });
}

const at = (field) => ({ scale: "times", field });
const middle = { scale: "row", field: "title", band: 0.5 };

function bars() {
  const place = { x: { scale: "times", value: 1 }, x2: at("coterie"), y: { scale: "row", field: "title" } };
  const look = { height: { scale: "row", band: 1 }, fill: { value: COTERIE } };
  return { type: "rect", from: { data: "points" }, encode: { enter: { ...place, ...look } } };
}

/** In a column of their own, where no mark is. */
function figures() {
  const text = { signal: "format(datum.coterie, '.2r') + 'x'" };
  const place = { x: { signal: "width + 8" }, y: middle };
  const look = { text, baseline: { value: "middle" }, fontSize: { value: 11 } };
  return { type: "text", from: { data: "points" }, encode: { enter: { ...place, ...look } } };
}

function marks(field, shape, color, size) {
  const look = {
    shape: { value: shape },
    size: { value: size },
    stroke: { value: color },
    fill: { value: "white" },
    strokeWidth: { value: 1.5 },
  };
  return { type: "symbol", from: { data: `${field}s` }, encode: { enter: { x: at(field), y: middle, ...look } } };
}

function one() {
  const place = { x: { scale: "times", value: 1 }, y: { value: 0 }, y2: { signal: "height" } };
  return { type: "rule", encode: { enter: { ...place, stroke: { value: "black" } } } };
}

function legend() {
  const entries = ["Coterie", "target", "etcd", "floor: bare Node.js"];
  return {
    scales: [
      { name: "legendFill", type: "ordinal", domain: entries, range: [COTERIE, "white", "white", "white"] },
      { name: "legendStroke", type: "ordinal", domain: entries, range: [COTERIE, QUIET, ETCD, FLOOR] },
      { name: "legendShape", type: "ordinal", domain: entries, range: ["square", "triangle-up", "diamond", "circle"] },
    ],
    legends: [
      { fill: "legendFill", stroke: "legendStroke", shape: "legendShape", orient: "top", direction: "horizontal" },
    ],
  };
}

/** For Vega, which needs no library of graphics to make an SVG. */
export function ratioSpec(points, subtitle) {
  const known = (field) => ({
    name: `${field}s`,
    source: "points",
    transform: [{ type: "filter", expr: `datum.${field} !== null` }],
  });
  const { scales, legends } = legend();
  const times = points
    .flatMap(({ coterie, etcd, floor, target }) => [coterie, etcd, floor, target])
    .filter((value) => value !== null);
  const domain = [Math.min(0.5, ...times), Math.max(2, ...times)];
  return {
    $schema: "https://vega.github.io/schema/vega/v6.json",
    description: "Coterie and etcd by ZooKeeper; more is better.",
    width: WIDTH,
    height: points.length * ROW_HEIGHT,
    padding: 8,
    background: "white",
    title: { text: "Times as good as Apache ZooKeeper", subtitle, anchor: "start" },
    data: [{ name: "points", values: points }, known("target"), known("etcd"), known("floor")],
    scales: [
      { name: "times", type: "log", domain, range: "width", nice: true, zero: false },
      { name: "row", type: "band", domain: points.map(({ title }) => title), range: "height", padding: 0.25 },
      ...scales,
    ],
    axes: [
      {
        orient: "bottom",
        scale: "times",
        grid: true,
        format: "~g",
        tickCount: 6,
        title: "times ZooKeeper, logarithmic: right of 1 is better",
      },
      { orient: "left", scale: "row", ticks: false, domain: false, labelLimit: 0 },
    ],
    legends,
    marks: [
      bars(),
      one(),
      marks("target", "triangle-up", QUIET, 50),
      marks("etcd", "diamond", ETCD, 50),
      marks("floor", "circle", FLOOR, 40),
      figures(),
    ],
  };
}

/** An SVG, as text. */
export function drawRatios({ rows, machine, startedAt }) {
  const { processors, processor, node } = machine;
  const subtitle = `${startedAt.slice(0, 10)}, ${processors} processors (${processor}), Node.js ${node}; servers and client on one machine`;
  return new View(parse(ratioSpec(plotPoints(rows), subtitle)), { renderer: "none" }).toSVG();
}
