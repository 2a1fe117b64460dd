/* register.jsx: what the meter showed: each reading as it came, with those that were corrected. */
import { useEffect, useRef, useState } from 'react';
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { ChartFrame } from '../ui/chart.jsx';
import { LineChart } from '../ui/line.jsx';
import { unitText } from '../ui/number.jsx';
import { periodTitle } from '../ui/period.jsx';
import { Legend, flagsText, qualityText } from '../ui/quality.jsx';
import { ErrorBox, Waiting } from '../ui/state.jsx';

const LIMIT = 20000;
const AGAIN_MS = 4000;

function pointsOf(items) {
  return items.map((item) => ({
    at: Date.parse(item.time),
    time: item.time,
    value: Number(item.value),
    seq: item.seq,
    quality: item.quality,
    arrival: item.arrival,
    in_force: item.in_force,
    isInForce: item.in_force !== false,
    flags: item.quality ?? [],
  })).sort((a, b) => a.at - b.at || a.seq - b.seq);
}

/* A remark that most readings carry (a history that came at once is all late) marks none of them: it
 * is said once. */
function setCommonApart(points) {
  const counts = new Map();
  for (const point of points) {
    for (const flag of point.flags) counts.set(flag, (counts.get(flag) ?? 0) + 1);
  }
  const common = [...counts].filter(([, n]) => n > points.length / 2).map(([flag]) => flag);
  for (const point of points) point.flags = point.flags.filter((flag) => !common.includes(flag));
  return common.filter((flag) => flag !== 'simulated');
}

export function RegisterChart({ series, period, color, live, windows }) {
  const words = useWords();
  const { t, exact, time } = words;
  const [at, setAt] = useState(null);
  const readings = useGet(url('/api/v1/readings', {
    series: series.code, from: period.from, to: period.to, corrected: 1, limit: LIMIT,
  }));
  const asked = useRef(0);
  useEffect(() => {
    if (!live.news) return undefined;
    const wait = Math.max(300, asked.current + AGAIN_MS - Date.now());
    const timer = setTimeout(() => { asked.current = Date.now(); readings.reload(); }, wait);
    return () => clearTimeout(timer);
  }, [live.news, readings.reload]);

  if (readings.error && !readings.data) {
    return <ErrorBox problem={readings.error} onRetry={readings.reload} />;
  }
  if (!readings.data || !windows?.length) return <Waiting tall />;
  const points = pointsOf(readings.data.items);
  const common = setCommonApart(points);
  const unit = readings.data.unit ?? series.unit;
  const say = (point) => {
    if (!point) {
      const most = common.length ? ` · ${t('register.most')}: ${flagsText(common, words)}` : '';
      return `${t('register.count', { n: exact(points.length) })}${most}`;
    }
    const marks = qualityText(point, words);
    return `${time(point.time, series.zone)}: ${exact(point.value)} ${unitText(unit)}`
      + `${marks ? ` · ${marks}` : ''}`;
  };
  const edges = [Date.parse(windows[0].from), Date.parse(windows[windows.length - 1].to)];
  const flags = [...new Set(points.flatMap((point) => point.flags))];
  const hasOverwritten = points.some((point) => !point.isInForce);
  return (
    <ChartFrame title={t(`register.title.${series.kind}`)} subtitle={`${periodTitle(period, words)}, ${unitText(unit)}`}
      readout={say(at)}
      fileName={`${series.code.replaceAll('/', '-')}-${period.from}-readings`} rows={points}
      columns={[
        { name: 'time', label: t('reading.time'), show: (p) => time(p.time, series.zone) },
        { name: 'value', label: unitText(unit), isNumber: true, show: (p) => exact(p.value) },
        { name: 'quality', label: t('reading.quality'), show: (p) => qualityText(p, words) },
        { name: 'arrival', label: t('reading.arrival'), show: (p) => time(p.arrival, series.zone) },
        { name: 'in_force', label: t('reading.inForce'), show: (p) => t(p.isInForce ? 'yes' : 'no') },
      ]}
      legend={(
        <Legend flags={flags}>
          {hasOverwritten && (
            <li><span className="swatch swatch-overwritten" aria-hidden="true" />
              {words.term('quality', 'overwritten')}</li>
          )}
        </Legend>
      )}>
      {points.length === 0 ? <p className="empty">{t('register.none')}</p> : (
        <LineChart {...{ points, edges, unit, color }} view={period.view} zone={series.zone}
          ticks={windows.map((window) => Date.parse(window.from))}
          label={`${t(`register.title.${series.kind}`)}. ${t('chart.arrows')}`}
          onReadout={setAt} valueText={say} />
      )}
      {readings.data.next && <p className="soft">{t('register.cut', { n: exact(points.length) })}</p>}
    </ChartFrame>
  );
}
