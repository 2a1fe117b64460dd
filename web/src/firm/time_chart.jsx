/* time_chart.jsx: values from day to day or month to month as lines: what was measured, what was
 * expected with its band, the level that a document sets, the day on which something was done. */
import { extent } from 'd3-array';
import { scaleLinear, scalePoint } from 'd3-scale';
import { area, line } from 'd3-shape';
import { useState } from 'react';
import { useWords } from '../i18n/index.js';
import { Picker } from '../ui/chart.jsx';
import { useSize } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';

const isNumber = (value) => value !== null && value !== undefined;

function Axis({ x, y, points, left, width, height, size, unit }) {
  const { number } = useWords();
  const widest = Math.max(...points.map((point) => point.tick.length)) * 0.62 * size + 14;
  const every = Math.ceil(widest / Math.max(1, x.step() || widest));
  return (
    <>
      <g className="grid">
        {y.ticks(4).map((tick) => (
          <g key={tick} transform={`translate(0 ${y(tick)})`}>
            <line x1={left} x2={width} className={tick === 0 ? 'zero' : undefined} />
            <text x={left - 6} dy="0.32em" textAnchor="end">{number(tick)}</text>
          </g>
        ))}
        <text x={0} y={1.1 * size} className="unit-label">{unitText(unit)}</text>
      </g>
      <g className="ticks">
        {points.map((point, i) => (points.length - 1 - i) % every === 0 && (
          <text key={point.key} x={x(i)} y={height - 0.5 * size} textAnchor="middle">{point.tick}</text>
        ))}
      </g>
    </>
  );
}

/* The day on which it was done: to its right everything is after it. */
function Moment({ at, text, x, top, bottom, left, width }) {
  const place = x(at);
  const isRight = place > (left + width) / 2;
  return (
    <g className="moment">
      <line x1={place} x2={place} y1={top} y2={bottom} />
      <text x={place + (isRight ? -6 : 6)} y={top + 4} textAnchor={isRight ? 'end' : 'start'}>{text}</text>
    </g>
  );
}

/* A dashed step with its name; it breaks where there is no level. */
function Level({ values, text, x, y, left, width }) {
  const half = (x.step() || width - left) / 2;
  const known = values.map((value, i) => ({ value, i })).filter(({ value }) => isNumber(value));
  if (!known.length) return null;
  const first = known[0];
  return (
    <g className="level">
      {known.map(({ value, i }) => (
        <line key={i} x1={Math.max(left, x(i) - half)} x2={Math.min(width, x(i) + half)}
          y1={y(value)} y2={y(value)} />
      ))}
      <text x={Math.max(left, x(first.i) - half) + 4} y={y(first.value) - 6}>{text}</text>
    </g>
  );
}

/* points: [{key, tick, label}]; lines: [{name, className, values}]; band: {low, high} of values;
 * level: {values, text}; moment: {at, text}. null is a gap. */
export function TimeChart({
  points, lines, band, level, moment, unit, label, height = 260, isFromZero, onReadout, valueText,
}) {
  const { number } = useWords();
  const { ref, width, scale } = useSize();
  const [at, setAt] = useState(null);
  const pick = (i) => { setAt(i); onReadout?.(i); };
  const size = 12 * scale;
  const all = [...lines.flatMap((one) => one.values), ...(band?.low ?? []), ...(band?.high ?? []),
    ...(level?.values ?? [])].filter(isNumber);
  const [least = 0, most = 1] = extent(all);
  const room = (most - least || Math.abs(most) || 1) * 0.12;
  const y = scaleLinear().domain([isFromZero ? 0 : Math.max(0, least - room), most + room]).nice(4)
    .range([height - 2.2 * size, 2.6 * size]);
  const left = Math.max(...y.ticks(4).map((tick) => number(tick).length)) * 0.62 * size + 12;
  const x = scalePoint().domain(points.map((_, i) => i)).range([left, Math.max(left + 40, width - 10)])
    .padding(0.5);
  const draw = line().defined((value) => isNumber(value)).x((_, i) => x(i)).y((value) => y(value));
  const shade = area().defined((i) => isNumber(band.low[i]) && isNumber(band.high[i]))
    .x((i) => x(i)).y0((i) => y(band.low[i])).y1((i) => y(band.high[i]));
  const xToIndex = (px) => Math.max(0, Math.min(points.length - 1,
    Math.round((px - x(0)) / (x.step() || 1))));
  return (
    <div className="plot-box" ref={ref}>
      {width > 0 && points.length > 0 && (
        <svg className="plot time-plot" width={width} height={height} role="img" aria-label={label}>
          <Axis {...{ x, y, points, left, width, height, size, unit }} />
          {band && <path className="band" d={shade(points.map((_, i) => i))} />}
          {level && <Level {...level} {...{ x, y, left, width }} />}
          {lines.map((one) => (
            <g key={one.name} className={one.className}>
              <path className="line" d={draw(one.values) ?? ''} />
              {points.length <= 40 && one.values.map((value, i) => isNumber(value) && (
                <circle key={points[i].key} cx={x(i)} cy={y(value)} r={one.isThin ? 0 : 2.5} />
              ))}
            </g>
          ))}
          {moment && moment.at >= 0 && (
            <Moment {...moment} {...{ x, left, width }} top={y.range()[1]} bottom={y.range()[0]} />
          )}
          {at !== null && points[at] && (
            <g className="cursor">
              <line x1={x(at)} x2={x(at)} y1={y.range()[0]} y2={y.range()[1]} />
              {lines.map((one) => isNumber(one.values[at]) && (
                <g key={one.name} className={one.className}>
                  <circle cx={x(at)} cy={y(one.values[at])} r="4.5" />
                </g>
              ))}
            </g>
          )}
        </svg>
      )}
      <Picker count={points.length} at={at} onPick={pick} xToIndex={xToIndex} label={label}
        valueText={valueText(at)} />
    </div>
  );
}
