/* spark.jsx: the shape of a month in a line of text. Drawn only: its numbers stand beside it. */

/* isLine: of values rather than amounts: a line from the least to the most. */
export function Spark({ amounts, color, isLine, width = 120, height = 28 }) {
  const top = Math.max(...amounts.map((amount) => amount ?? 0), 0.0001);
  const step = width / Math.max(1, amounts.length);
  return (
    <svg className={`spark ink-${color}`} viewBox={`0 0 ${width} ${height}`} aria-hidden="true"
      preserveAspectRatio="none">
      {isLine ? <Line {...{ amounts, width, height }} />
        : amounts.map((amount, i) => amount !== null && (
          <rect key={i} className="bar" x={i * step} width={Math.max(1, step * 0.72)}
            y={height - (amount / top) * (height - 2)} height={Math.max(1, (amount / top) * (height - 2))} />
        ))}
    </svg>
  );
}

function Line({ amounts, width, height }) {
  const known = amounts.filter((amount) => amount !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const y = (value) => (most > least ? height - 2 - ((value - least) / (most - least)) * (height - 4)
    : height / 2);
  const step = width / Math.max(1, known.length - 1);
  return (
    <polyline className="spark-line" points={known.map((value, i) => `${i * step},${y(value)}`).join(' ')} />
  );
}
