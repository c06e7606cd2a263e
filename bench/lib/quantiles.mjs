// Of many figures, those that stand for them: one rule for all benches.

/** Those that such shares of all figures do not exceed, in between where one falls between two; null each if there is no figure. */
export function quantilesOf(values, shares) {
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => {
    const at = (sorted.length - 1) * share;
    const low = Math.floor(at);
    if (sorted.length === 0) return null;
    return low === at ? sorted[low] : sorted[low] + (sorted[low + 1] - sorted[low]) * (at - low);
  });
}

/** Of an even number the mean of the two in the middle; null for none. */
export function medianOf(values) {
  return quantilesOf(values, [0.5])[0];
}
