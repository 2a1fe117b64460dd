/* spark.jsx: the shape of a month in a line of text. Drawn only: its numbers stand beside it. */
export function Spark({ amounts, color, width = 120, height = 28 }) {
  const top = Math.max(...amounts.map((amount) => amount ?? 0), 0.0001);
  const step = width / Math.max(1, amounts.length);
  return (
    <svg className={`spark ink-${color}`} viewBox={`0 0 ${width} ${height}`} aria-hidden="true"
      preserveAspectRatio="none">
      {amounts.map((amount, i) => amount !== null && (
        <rect key={i} className="bar" x={i * step} width={Math.max(1, step * 0.72)}
          y={height - (amount / top) * (height - 2)} height={Math.max(1, (amount / top) * (height - 2))} />
      ))}
    </svg>
  );
}
