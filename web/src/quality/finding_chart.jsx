/* finding_chart.jsx: the readings around a finding in a small picture: a line through those in
 * force, the time that the finding names as a band, what was estimated hatched. */
import { extent } from 'd3-array';
import { scaleLinear, scaleTime } from 'd3-scale';
import { line as makeLine } from 'd3-shape';
import { useId } from 'react';
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { colorOf } from '../ui/color.js';
import { localOf } from '../ui/dates.js';
import { useSize } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';

const HEIGHT = 120;
const LEAST_MS = 36 * 3600000;
const MOST = 3000;
const BAND_LEAST_PX = 4;

/* The line is broken where nothing came for three times as long as usual. */
function piecesOf(points) {
  const steps = points.slice(1).map((p, i) => p.at - points[i].at).sort((a, b) => a - b);
  const gap = steps.length ? 1.6 * steps[Math.floor(steps.length / 2)] : Infinity;
  const pieces = [];
  points.forEach((point, i) => {
    if (i === 0 || point.at - points[i - 1].at > gap) pieces.push([]);
    pieces[pieces.length - 1].push(point);
  });
  return pieces;
}

function dayText(at, zone) {
  const local = localOf(new Date(at).toISOString(), zone);
  return `${local.day}/${local.month} ${local.hour}h`;
}

export function FindingChart({ finding, series }) {
  const { t, number } = useWords();
  const { ref, width, scale } = useSize();
  const pattern = useId();
  const from = Date.parse(finding.time_from);
  const to = Date.parse(finding.time_to);
  const around = Math.max(LEAST_MS, to - from);
  const edges = [from - around, to + around];
  const readings = useGet(url('/api/v1/readings', { series: series.code,
    from: new Date(edges[0]).toISOString(), to: new Date(edges[1]).toISOString(), limit: MOST }));
  const points = (readings.data?.items ?? []).filter((item) => item.in_force !== false)
    .map((item) => ({ at: Date.parse(item.time), value: Number(item.value),
      isEstimated: (item.quality ?? []).includes('estimated') }));
  const size = 11 * scale;
  const values = points.length ? extent(points, (p) => p.value) : [0, 1];
  const y = scaleLinear().domain(values[0] === values[1] ? [values[0] - 1, values[1] + 1] : values)
    .range([HEIGHT - 2 * size, 8]);
  const left = Math.max(...y.ticks(3).map((tick) => number(tick).length), 2) * 0.62 * size + 8;
  const x = scaleTime().domain(edges).range([left, Math.max(left + 40, width - 4)]);
  const path = makeLine().x((p) => x(p.at)).y((p) => y(p.value));
  const band = Math.max(BAND_LEAST_PX, x(to) - x(from));
  const estimated = points.filter((point) => point.isEstimated);
  return (
    <div className={`plot-box ink-${colorOf(series)}`} ref={ref} style={{ minHeight: HEIGHT }}>
      {width > 0 && (
        <svg className="plot" width={width} height={HEIGHT} role="img"
          aria-label={t('vee.chart', { unit: unitText(series.unit) })}>
          <defs>
            <pattern id={pattern} width="5" height="5" patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)">
              <line y2="5" className="hatch vee-hatch" />
            </pattern>
          </defs>
          <rect className="vee-band" x={(x(from) + x(to)) / 2 - band / 2} width={band} y="4"
            height={HEIGHT - 2 * size - 4} />
          <g className="grid">
            {y.ticks(3).map((tick) => (
              <g key={tick} transform={`translate(0 ${y(tick)})`}>
                <line x1={left} x2={width} />
                <text x={left - 4} dy="0.32em" textAnchor="end">{number(tick)}</text>
              </g>
            ))}
          </g>
          {piecesOf(points).map((piece, i) => (piece.length === 1
            ? <circle key={i} cx={x(piece[0].at)} cy={y(piece[0].value)} r="2" />
            : <path key={i} className="line" d={path(piece)} />))}
          {estimated.length > 0 && (
            <rect className="vee-estimated" fill={`url(#${pattern})`} x={x(estimated[0].at) - 2}
              width={x(estimated[estimated.length - 1].at) - x(estimated[0].at) + 4} y="4"
              height={HEIGHT - 2 * size - 4} />
          )}
          {[from, to].slice(from === to ? 1 : 0).map((at, i) => (
            <text key={at} x={x(at)} y={HEIGHT - 0.4 * size}
              textAnchor={from === to ? 'middle' : i ? 'start' : 'end'}>
              {dayText(at, series.zone)}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}
