/* line.jsx: readings as they came, a line through the ones in force. Many points go onto a canvas.
 * A long silence breaks the line; corrected, late and doubtful readings carry their marks, and the
 * value that was overwritten stays as a hollow dot. */
import { extent } from 'd3-array';
import { scaleLinear, scaleTime } from 'd3-scale';
import { line as makeLine } from 'd3-shape';
import { useEffect, useRef, useState } from 'react';
import { useWords } from '../i18n/index.js';
import { Picker } from './chart.jsx';
import { localOf } from './dates.js';
import { useSize } from './hooks.js';
import { Mark, marksOf } from './quality.jsx';
import { unitText } from './number.jsx';

const CANVAS_FROM = 1500;

/* Pieces without a silence in them. */
function pieces(points, gap_ms) {
  const all = [];
  let last = null;
  for (const point of points) {
    if (!last || point.at - last.at > gap_ms) all.push([]);
    all[all.length - 1].push(point);
    last = point;
  }
  return all;
}

/* Three times the usual distance of readings. */
function gapOf(points) {
  const steps = points.slice(1).map((point, i) => point.at - points[i].at).sort((a, b) => a - b);
  return steps.length ? Math.max(3 * steps[Math.floor(steps.length / 2)], 60000) : Infinity;
}

function CanvasLine({ parts, x, y, width, height }) {
  const ref = useRef(null);
  useEffect(() => {
    const canvas = ref.current;
    const sharpness = window.devicePixelRatio || 1;
    canvas.width = width * sharpness;
    canvas.height = height * sharpness;
    const context = canvas.getContext('2d');
    context.scale(sharpness, sharpness);
    context.clearRect(0, 0, width, height);
    context.strokeStyle = getComputedStyle(canvas).color;
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    const draw = makeLine().x((p) => x(p.at)).y((p) => y(p.value)).context(context);
    context.beginPath();
    for (const part of parts) draw(part);
    context.stroke();
  });
  return <canvas ref={ref} className="plot-canvas" />;
}

function tickText(at, view, zone, words) {
  const local = localOf(new Date(at).toISOString(), zone);
  if (view === 'day') return `${local.hour}h`;
  if (view === 'month') return String(local.day);
  return words.t(`month.${local.month}`);
}

function Axes({ x, y, left, width, height, size, unit, view, zone, ticks }) {
  const words = useWords();
  const { number } = words;
  return (
    <>
      <g className="grid">
        {y.ticks(4).map((tick) => (
          <g key={tick} transform={`translate(0 ${y(tick)})`}>
            <line x1={left} x2={width} />
            <text x={left - 6} dy="0.32em" textAnchor="end">{number(tick)}</text>
          </g>
        ))}
        <text x={left - 6} y={y.range()[1] - 14} textAnchor="end" className="unit-label">
          {unitText(unit)}
        </text>
      </g>
      <g className="ticks">
        {ticks.map((at) => (
          <text key={at} x={x(at)} y={height - 0.5 * size} textAnchor="middle">
            {tickText(at, view, zone, words)}
          </text>
        ))}
      </g>
    </>
  );
}

/* Marks that would lie on top of each other are drawn once. */
const MARK_PX = 9;
function apart(points, x) {
  let last = -Infinity;
  return points.filter((p) => {
    const isFar = x(p.at) - last >= MARK_PX;
    if (isFar) last = x(p.at);
    return isFar;
  });
}

function Points({ points: all, x, y }) {
  const marked = all.filter((p) => p.isInForce && marksOf(p.flags).length > 0);
  const points = [...apart(all.filter((p) => !p.isInForce), x), ...apart(marked, x)];
  return (
    <>
      {points.filter((p) => !p.isInForce).map((p) => (
        <circle key={`o${p.seq}`} className="overwritten" cx={x(p.at)} cy={y(p.value)} r="3.5" />
      ))}
      {points.filter((p) => p.isInForce).map((p) => marksOf(p.flags).map((flag, n) => (
        <Mark key={`${p.seq}${flag}`} flag={flag} x={x(p.at)} y={y(p.value) - 10 - 13 * n} />
      )))}
    </>
  );
}

/* points: [{at, value, seq, flags, isInForce}] in order of time; edges: [from, to] in ms */
export function LineChart({
  points, edges, ticks, unit, color, view, zone, label, height = 230, onReadout, valueText,
}) {
  const { number } = useWords();
  const { ref, width, scale } = useSize();
  const [at, setAt] = useState(null);
  const inForce = points.filter((p) => p.isInForce);
  const pick = (i) => { setAt(i); onReadout?.(i === null ? null : inForce[i]); };

  const size = 12 * scale;
  const values = extent(points, (p) => p.value);
  const y = scaleLinear().domain(values[0] === values[1] ? [values[0] - 1, values[1] + 1] : values)
    .nice(4).range([height - 2.2 * size, 2.6 * size]);
  const left = Math.max(unitText(unit).length + 0.5,
    ...y.ticks(4).map((tick) => number(tick).length)) * 0.62 * size + 14;
  const x = scaleTime().domain(edges).range([left, Math.max(left + 40, width - 8)]);
  const parts = pieces(inForce, gapOf(inForce));
  const isMany = inForce.length > CANVAS_FROM;
  const path = makeLine().x((p) => x(p.at)).y((p) => y(p.value));
  const every = Math.ceil(ticks.length / Math.max(2, Math.floor((width - left) / (34 * scale))));
  const xToIndex = (px) => {
    if (!inForce.length) return null;
    const wanted = x.invert(px).getTime();
    let best = 0;
    inForce.forEach((p, i) => {
      if (Math.abs(p.at - wanted) < Math.abs(inForce[best].at - wanted)) best = i;
    });
    return best;
  };

  return (
    <div className={`plot-box ink-${color}`} ref={ref}>
      {width > 0 && isMany && <CanvasLine {...{ parts, x, y, width, height }} />}
      {width > 0 && (
        <svg className="plot" width={width} height={height} role="img" aria-label={label}>
          <Axes {...{ x, y, left, width, height, size, unit, view, zone }}
            ticks={ticks.filter((_, i) => i % every === 0)} />
          {!isMany && parts.map((part, i) => (
            <g key={i}>
              {part.length === 1 ? <circle cx={x(part[0].at)} cy={y(part[0].value)} r="2.5" />
                : <path className="line" d={path(part)} />}
            </g>
          ))}
          <Points points={points} x={x} y={y} />
          {at !== null && inForce[at] && (
            <g className="cursor">
              <line x1={x(inForce[at].at)} x2={x(inForce[at].at)} y1={y.range()[0]}
                y2={y.range()[1]} />
              <circle cx={x(inForce[at].at)} cy={y(inForce[at].value)} r="4.5" />
            </g>
          )}
        </svg>
      )}
      <Picker count={inForce.length} at={at} onPick={pick} xToIndex={xToIndex} label={label}
        valueText={valueText(at === null ? null : inForce[at])} />
    </div>
  );
}
