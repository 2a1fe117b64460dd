/* use_chart.jsx: consumption by hour, day or month, beside the period it is compared with. */
import { useState } from 'react';
import { useWords } from '../i18n/index.js';
import { set } from '../route.jsx';
import { Bars } from '../ui/bars.jsx';
import { ChartFrame } from '../ui/chart.jsx';
import { localDay, localOf, today, nowMs } from '../ui/dates.js';
import { unitText } from '../ui/number.jsx';
import { Legend, flagsText } from '../ui/quality.jsx';
import { periodTitle } from '../ui/period.jsx';

/* Where one goes from a bar. */
const DEEPER = { year: 'month', month: 'day' };

function tickOf(local, view, t) {
  if (view === 'day') return String(local.hour);
  return view === 'month' ? String(local.day) : t(`month.${local.month}`);
}

function labelOf(window, view, zone, words) {
  const day = localDay(window.from, zone);
  if (view === 'day') {
    return `${words.clock(window.from, zone)}–${words.clock(window.to, zone)}`;
  }
  return view === 'month' ? words.day(day) : words.month(day);
}

/* The windows as bars; the hour that comes twice in autumn stays two bars. */
export function barsOf(data, view, words) {
  const now = nowMs();
  return data.windows.map((window, i) => ({
    key: window.from,
    from: window.from,
    tick: tickOf(localOf(window.from, data.zone), view, words.t),
    label: labelOf(window, view, data.zone, words),
    amount: window.amount,
    flags: (window.flags ?? []).filter((flag) => flag !== 'simulated'),
    isFuture: Date.parse(window.from) > now || localDay(window.from, data.zone) > today(data.zone),
    past: data.compare?.windows?.[i]?.amount ?? null,
    readings: window.readings,
    covered: window.covered,
  }));
}

export function UseChart({ data, series, period, color }) {
  const words = useWords();
  const { t, number } = words;
  const [at, setAt] = useState(null);
  const bars = barsOf(data, period.view, words);
  const unit = unitText(data.unit);
  const compareName = t(`period.compare.${period.compare}.${period.view}`);
  const say = (i) => {
    if (i === null || !bars[i]) return `${t('chart.total')}: ${number(data.total)} ${unit}`;
    const bar = bars[i];
    const amount = bar.amount === null ? t('chart.noData') : `${number(bar.amount)} ${unit}`;
    const past = bar.past === null ? '' : ` · ${compareName}: ${number(bar.past)} ${unit}`;
    const flags = bar.flags.length ? ` · ${flagsText(bar.flags, words)}` : '';
    return `${bar.label}: ${amount}${past}${flags}`;
  };
  const flags = [...new Set(bars.flatMap((bar) => bar.flags))];
  const hasGap = bars.some((bar) => bar.amount === null && !bar.isFuture);
  const hasPast = bars.some((bar) => bar.past !== null);
  const deeper = DEEPER[period.view];
  const open = (i) => set({ view: deeper, on: localDay(bars[i].from, data.zone) });
  const legend = (
    <Legend flags={flags}>
      {hasPast && <li><span className="swatch swatch-past" aria-hidden="true" />{compareName}</li>}
      {hasGap && <li><span className="swatch swatch-gap" aria-hidden="true" />{t('chart.gap')}</li>}
    </Legend>
  );
  const title = t(`use.by.${period.period}.${series.direction || 'use'}`);
  return (
    <ChartFrame title={title} subtitle={`${periodTitle(period, words)}, ${unit}`} readout={say(at)}
      legend={legend} fileName={`${series.code.replaceAll('/', '-')}-${period.from}-${period.period}`}
      rows={bars} columns={[
        { name: 'from', label: t('chart.time'), show: (bar) => bar.label },
        { name: 'amount', label: unit, isNumber: true, show: (bar) => number(bar.amount) },
        ...(hasPast ? [{
          name: 'past', label: compareName, isNumber: true, show: (bar) => number(bar.past),
        }] : []),
        { name: 'readings', label: t('chart.readings'), isNumber: true },
        { name: 'flags', label: t('reading.quality'), show: (bar) => flagsText(bar.flags, words) },
      ]}>
      <Bars bars={bars} unit={data.unit} color={color} label={`${title}. ${t('chart.arrows')}`}
        onReadout={setAt} onOpen={deeper ? open : undefined} valueText={say} />
    </ChartFrame>
  );
}
