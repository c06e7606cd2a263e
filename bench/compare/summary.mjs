// From runs to rows: medians, ratios, and whether a target is met.
import { medianOf } from "../lib/quantiles.mjs";
import { ETCD_TARGETS, TARGETS } from "./targets.mjs";

/** What `field` was in the undisturbed runs; in all of them if fewer than two were undisturbed, which then is said. */
export function figureOf(runs, field) {
  const told = runs.filter((run) => Number.isFinite(run[field]));
  const calm = told.filter((run) => run.disturbed !== true);
  const isDisturbed = calm.length < Math.min(2, told.length);
  const values = (isDisturbed ? told : calm).map((run) => run[field]);
  if (values.length === 0) return null;
  return {
    value: medianOf(values),
    low: Math.min(...values),
    high: Math.max(...values),
    runs: values.length,
    isDisturbed,
  };
}

export function ratioOf(figure, other) {
  if (figure === null || other === null || figure === undefined || other === undefined) return null;
  return other.value === 0 ? null : figure.value / other.value;
}

/** True, false, or null where there is nothing to judge by. */
export function isMet(target, ratio, value) {
  if (target === undefined) return null;
  if (target.atMost !== undefined) return value === null ? null : value <= target.atMost;
  if (ratio === null) return null;
  return target.ratioAtMost === undefined ? ratio >= target.ratioAtLeast : ratio <= target.ratioAtMost;
}

/** Microseconds of the servers' processors for each operation; null where a row is not about operations. */
function cpuOf(runs, row) {
  if (row.p99 === null) return null;
  const costs = runs.map((run) => ({ ...run, us: run.rate > 0 ? (run.cpu_servers * 1e6) / run.rate : null }));
  return figureOf(costs, "us")?.value ?? null;
}

function sideOf(runs, row) {
  const figure = figureOf(runs, row.figure.field);
  if (figure === null) return null;
  const p99 = row.p99 === null ? null : figureOf(runs, row.p99 ?? "p99_us");
  const errors = runs.reduce((sum, run) => sum + (run.errors ?? 0), 0);
  return { ...figure, p99: p99?.value ?? null, cpuUs: cpuOf(runs, row), errors };
}

/** One row of the table, as it is kept: what each product did, and how they compare. */
export function summarise(row, runs) {
  const of = (product) =>
    sideOf(
      runs.filter((run) => run.measurement === row.measurement && run.product === product),
      row,
    );
  const [zookeeper, coterie, etcd, floor] = [of("zookeeper"), of(row.product ?? "coterie"), of("etcd"), of("floor")];
  const [ratio, etcdRatio] = [ratioOf(coterie, zookeeper), ratioOf(coterie, etcd)];
  const p99Ratio = coterie?.p99 > 0 && zookeeper?.p99 > 0 ? coterie.p99 / zookeeper.p99 : null;
  const target = TARGETS[row.name];
  return {
    name: row.name,
    title: row.title,
    unit: row.figure.unit,
    isMoreBetter: row.figure.isMoreBetter,
    zookeeper,
    coterie,
    etcd,
    floor,
    ratio,
    target: target ?? null,
    isMet: isMet(target, ratio, coterie?.value ?? null),
    p99Ratio,
    isP99Met: target?.p99 === undefined || p99Ratio === null ? null : p99Ratio <= target.p99,
    etcdRatio,
    etcdTarget: ETCD_TARGETS[row.name] ?? null,
    isEtcdMet: isMet(ETCD_TARGETS[row.name], etcdRatio, coterie?.value ?? null),
    floorRatio: ratioOf(coterie, floor),
  };
}
