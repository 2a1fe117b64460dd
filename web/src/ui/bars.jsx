/* bars.jsx: amounts over time as bars from zero. A window without a number stays empty and is marked
 * on the axis; estimated amounts are hatched; what is unusual carries its mark; the bars of the
 * period compared with stand behind. */
import { max } from 'd3-array';
import { scaleBand, scaleLinear } from 'd3-scale';
import { useId, useState } from 'react';
import { useWords } from '../i18n/index.js';
import { Picker } from './chart.jsx';
import { useSize } from './hooks.js';
import { Mark, marksOf } from './quality.jsx';
import { unitText } from './number.jsx';

const roundedTop = (x, y, width, height) => {
  const r = Math.min(3, width / 2, height);
  return `M${x} ${y + height}V${y + r}Q${x} ${y} ${x + r} ${y}H${x + width - r}`
    + `Q${x + width} ${y} ${x + width} ${y + r}V${y + height}Z`;
};

/* Labels of the axis that fit: every n-th window. */
function shownTicks(bars, bandWidth, scale) {
  const widest = Math.max(...bars.map((bar) => bar.tick.length)) * 7.5 * scale + 10;
  const every = [1, 2, 3, 5, 6, 10, 12].find((n) => n * bandWidth >= widest) ?? 15;
  return bars.map((bar, i) => ({ ...bar, i })).filter((bar) => bar.i % every === 0);
}

function Grid({ y, left, right, unit, number }) {
  return (
    <g className="grid">
      {y.ticks(4).map((tick) => (
        <g key={tick} transform={`translate(0 ${y(tick)})`}>
          <line x1={left} x2={right} className={tick === 0 ? 'zero' : undefined} />
          <text x={left - 6} dy="0.32em" textAnchor="end">{number(tick)}</text>
        </g>
      ))}
      <text x={left - 6} y={y.range()[1] - 14} textAnchor="end" className="unit-label">
        {unitText(unit)}
      </text>
    </g>
  );
}

function Bar({ bar, x, width, y, hatch, isPicked, isDim }) {
  const top = y(bar.amount);
  const shape = roundedTop(x, top, width, Math.max(1, y(0) - top));
  const isEstimated = bar.flags.includes('estimated');
  const className = `bar${isPicked ? ' bar-picked' : ''}${isDim ? ' bar-dim' : ''}`;
  return (
    <>
      <path d={shape} className={className} fillOpacity={isEstimated ? 0.18 : undefined} />
      {isEstimated && <path d={shape} fill={`url(#${hatch})`} className="bar-hatched" />}
    </>
  );
}

function Gap({ x, width, y }) {
  return (
    <g className="gap">
      <rect x={x} y={y - 18} width={width} height="18" rx="2" />
    </g>
  );
}

/* bars: [{key, tick, label, amount|null, flags, isFuture, past|null}] */
export function Bars({ bars, unit, color, label, height = 250, onReadout, onOpen, valueText }) {
  const { number } = useWords();
  const { ref, width, scale } = useSize();
  const hatch = `hatch${useId().replaceAll(':', '')}`;
  const [at, setAt] = useState(null);
  const pick = (i) => { setAt(i); onReadout?.(i); };

  const size = 12 * scale;
  const top = max(bars, (bar) => Math.max(bar.amount ?? 0, bar.past ?? 0)) || 1;
  const y = scaleLinear().domain([0, top]).nice(4).range([height - 2.2 * size, 2.6 * size]);
  const left = Math.max(unitText(unit).length + 0.5,
    ...y.ticks(4).map((tick) => number(tick).length)) * 0.62 * size + 14;
  const x = scaleBand().domain(bars.map((_, i) => i)).range([left, Math.max(left + 40, width)])
    .paddingInner(0.28).paddingOuter(0.1);
  const band = x.bandwidth();
  const peak = bars.reduce((best, bar, i) => (
    bar.amount !== null && (best < 0 || bar.amount > bars[best].amount) ? i : best), -1);
  const xToIndex = (px) => (px < left ? null
    : Math.max(0, Math.min(bars.length - 1, Math.floor((px - left) / x.step()))));

  return (
    <div className="plot-box" ref={ref}>
      {width > 0 && (
        <svg className="plot" width={width} height={height} role="img" aria-label={label}>
          <defs>
            <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)">
              <line x1="0" y1="0" x2="0" y2="6" className={`hatch hatch-${color}`} />
            </pattern>
          </defs>
          <Grid y={y} left={left} right={width} unit={unit} number={number} />
          <g className={`ink-${color}`}>
            {bars.map((bar, i) => (
              <g key={bar.key}>
                {bar.past > 0 && (
                  <path className="bar-past" d={roundedTop(x(i) - band * 0.14, y(bar.past),
                    band * 1.28, y(0) - y(bar.past))} />
                )}
                {bar.amount !== null
                  && <Bar bar={bar} x={x(i)} width={band} y={y} hatch={hatch}
                    isPicked={i === at} isDim={at !== null && i !== at} />}
                {bar.amount === null && !bar.isFuture && <Gap x={x(i)} width={band} y={y(0)} />}
                {marksOf(bar.flags).map((flag, n) => (
                  <Mark key={flag} flag={flag} x={x(i) + band / 2}
                    y={y(bar.amount ?? 0) - 9 - 13 * n} />
                ))}
              </g>
            ))}
            {peak >= 0 && at === null && bars[peak].amount > 0 && (
              <text className="direct" x={peak < 2 ? x(peak) : x(peak) + band / 2}
                textAnchor={peak < 2 ? 'start' : 'middle'}
                y={y(bars[peak].amount) - 6 - 14 * marksOf(bars[peak].flags).length}>
                {number(bars[peak].amount)}
              </text>
            )}
          </g>
          <g className="ticks">
            {shownTicks(bars, x.step(), scale).map((bar) => (
              <text key={bar.key} x={x(bar.i) + band / 2} y={height - 0.5 * size}
                textAnchor="middle">{bar.tick}</text>
            ))}
          </g>
        </svg>
      )}
      <Picker count={bars.length} at={at} onPick={pick} onOpen={onOpen} xToIndex={xToIndex}
        label={label} valueText={valueText(at)} />
    </div>
  );
}
