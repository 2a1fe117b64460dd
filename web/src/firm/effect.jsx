/* effect.jsx: what a measure did: each day as it was beside what it would have been, the day on which
 * it was done, and a sentence that says how sure one can be. */
import { useState } from 'react';
import { useWords } from '../i18n/index.js';
import { ChartFrame } from '../ui/chart.jsx';
import { partsOf } from '../ui/dates.js';
import { unitText } from '../ui/number.jsx';
import { Verdict, isKnown, signed } from './asked.jsx';
import { TimeChart } from './time_chart.jsx';

export function EffectCard({ data }) {
  const { t, number, pick } = useWords();
  const unit = unitText(data.unit);
  const isProved = data.verdict === 'proved';
  return (
    <section className={`card firm-main${isProved ? ' firm-passes' : ''}`} aria-live="polite">
      <h2 className="card-title">{t('effect.title')}</h2>
      {isKnown(data.effect) ? (
        <p className="big">
          <span className="big-value">{signed(number(data.effect))}</span>
          <span className="big-unit"> {unit}</span>
        </p>
      ) : <p className="big big-small">{t('effect.none')}</p>}
      <p><Verdict value={data.verdict} /></p>
      {isKnown(data.low) && (
        <p>{t('effect.interval', { low: signed(number(data.low)), high: signed(number(data.high)), unit })}
          {isKnown(data.effect_percent) && ` · ${signed(number(data.effect_percent))} %`}</p>
      )}
      <p className="sentence">{pick(data, 'sentence')}</p>
      {pick(data, 'method') && <p className="soft">{t('effect.method')}: {pick(data, 'method')}</p>}
    </section>
  );
}

export function EffectChart({ data, measure }) {
  const words = useWords();
  const { t, number, day } = words;
  const [at, setAt] = useState(null);
  const days = data.days ?? [];
  const unit = unitText(data.unit);
  const points = days.map((one) => {
    const { day: of, month } = partsOf(one.day);
    return { ...one, key: one.day, label: day(one.day), tick: `${of}/${month}` };
  });
  const say = (i) => {
    const one = i === null ? null : points[i];
    if (!one) return '';
    const actual = isKnown(one.actual) ? `${number(one.actual)} ${unit}` : t('chart.noData');
    const expected = isKnown(one.expected) ? ` · ${t('effect.expected')} ${number(one.expected)}` : '';
    const band = isKnown(one.low) ? ` (${number(one.low)} … ${number(one.high)})` : '';
    return `${one.label}: ${actual}${expected}${band}`;
  };
  const legend = ['actual', 'expected', 'band'].map((name) => (
    <li key={name}><span className={`swatch swatch-${name}`} aria-hidden="true" />{t(`effect.${name}`)}</li>
  ));
  return (
    <ChartFrame title={t('effect.chart')} subtitle={unit} readout={say(at)} rows={points}
      fileName={`measure-${measure.id}-effect`} legend={<ul className="legend">{legend}</ul>}
      columns={[
        { name: 'day', label: t('chart.time'), show: (one) => one.label },
        ...['actual', 'expected', 'low', 'high'].map((name) => ({
          name, label: t(`effect.${name}`), isNumber: true, show: (one) => number(one[name]),
        })),
      ]}>
      <TimeChart points={points} unit={data.unit} label={`${t('effect.chart')}. ${t('chart.arrows')}`}
        lines={[
          { name: 'expected', className: 'ink-expected', isThin: true, values: points.map((one) => one.expected) },
          { name: 'actual', className: 'ink-actual', values: points.map((one) => one.actual) },
        ]}
        band={{ low: points.map((one) => one.low), high: points.map((one) => one.high) }}
        moment={{ at: points.findIndex((one) => one.is_after), text: t('effect.moment') }}
        onReadout={setAt} valueText={say} />
    </ChartFrame>
  );
}
