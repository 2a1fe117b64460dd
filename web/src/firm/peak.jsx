/* peak.jsx: what new peak hours would do to a firm: the two days side by side, and what the bill
 * would be as it works now, with part of its work moved, and with a roof. Only a what-if, and said
 * so. The amounts come from the server; the sliders ask for them. */
import { useState } from 'react';
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Badge, VerifiedBadge } from '../ui/badge.jsx';
import { addMonths, partsOf, today } from '../ui/dates.js';
import { useCalm } from '../ui/hooks.js';
import { Answer } from '../ui/state.jsx';
import { Section, isKnown, useList } from './asked.jsx';

const MINUTES = 1440;
const CALM_MS = 250;
const BANDS = { peak: 'peak', normal: 'normal', 'off-peak': 'off' };

/* ---- two days ---- */

const clock = (minutes) => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;

function stripText(rows, { t }) {
  const peak = rows.filter((row) => row.item === 'peak')
    .map((row) => `${clock(row.minute_from)}–${clock(row.minute_to)}`);
  return peak.length ? t('peak.hours', { hours: peak.join(', ') }) : t('peak.none');
}

function Strip({ title, rows }) {
  const words = useWords();
  const text = stripText(rows, words);
  const first = rows[0];
  return (
    <div className="strip">
      <p>
        <strong>{title}</strong> <span>{text}</span>
        <span className="soft">{first?.document}</span>
        <VerifiedBadge value={first?.verified} isDisputed={rows.some((row) => row.is_disputed)} />
      </p>
      <svg className="strip-svg" viewBox={`0 0 ${MINUTES} 36`} preserveAspectRatio="none" role="img"
        aria-label={`${title}: ${text}`}>
        {rows.map((row) => (
          <g key={row.id}>
            <rect className={`band-${BANDS[row.item]} band-line`} x={row.minute_from} width={row.minute_to - row.minute_from}
              height="36" />
            {row.item === 'peak' && Array.from(
              { length: Math.floor((row.minute_to - row.minute_from) / 20) }, (_, i) => (
                <line key={i} className="band-peak-lines" x1={row.minute_from + i * 20} y1="36"
                  x2={row.minute_from + i * 20 + 20} y2="0" />
              ))}
          </g>
        ))}
      </svg>
      <p className="strip-axis" aria-hidden="true">
        {[0, 6, 12, 18, 24].map((hour) => <span key={hour}>{hour}h</span>)}
      </p>
    </div>
  );
}

function Strips() {
  const { t } = useWords();
  const rows = useList('core/dated', { table_name: 'hours', key: 'evn' });
  const of = (variant) => rows.items.filter((row) => row.variant === variant
    && !/^Sun$/.test(row.weekdays ?? ''));
  if (!of('legacy').length) return null;
  return (
    <div className="strips">
      <Strip title={t('peak.legacy')} rows={of('legacy')} />
      <Strip title={t('peak.new')} rows={of('963')} />
      <ul className="legend">
        {['peak', 'normal', 'off'].map((band) => (
          <li key={band}><span className={`swatch swatch-${band}`} aria-hidden="true" />
            {t(`peak.band.${band}`)}</li>
        ))}
      </ul>
    </div>
  );
}

/* ---- what it would cost ---- */

/* The hours in force are those of the decision or the old ones, which stand there already. */
const SHOWN = ['legacy', '963', 'shifted', 'roof', 'both'];

function Case({ one, currency }) {
  const { t, moneyMinor, number, pick } = useWords();
  const sign = one.change > 0 ? '+' : one.change < 0 ? '−' : '';
  const bands = [['peak', one.peak_kwh], ['normal', one.normal_kwh], ['off', one.off_peak_kwh]];
  return (
    <article className="peak-case">
      <h3 className="card-title">{pick(one, 'label')}</h3>
      <p className="big big-small">{moneyMinor(one.cost, currency)}</p>
      {one.key !== 'legacy' && isKnown(one.change) && (
        <p className={one.change > 0 ? 'lost' : undefined}>
          {sign}{moneyMinor(Math.abs(one.change), currency)}{' '}
          <span className="soft">{t('peak.against')}</span>
        </p>
      )}
      <dl>
        {bands.map(([band, kwh]) => (
          <div key={band}><dt>{t(`peak.band.${band}`)}</dt><dd>{number(kwh)} kWh</dd></div>
        ))}
      </dl>
    </article>
  );
}

function Slider({ label, value, onChange, max, step, unit }) {
  return (
    <label>
      <span>{label}: <strong>{value} {unit}</strong></span>
      <input type="range" min="0" max={max} step={step} value={value}
        onChange={(event) => onChange(Number(event.target.value))} />
    </label>
  );
}

export function PeakPanel({ series }) {
  const { t, pick, month } = useWords();
  const [shift, setShift] = useState(30);
  const [roof, setRoof] = useState(500);
  const asked = useCalm(`${shift} ${roof}`, CALM_MS).split(' ');
  const { year, month: number } = partsOf(today());
  const to = `${year}-${String(number).padStart(2, '0')}-01`;
  const from = addMonths(to, -1);
  const answer = useGet(url('/api/v1/energy/do/peak_what_if', {
    series: series.id, from, to, shift_percent: asked[0], roof_kwp: asked[1],
  }));
  /* A tariff without hours: other hours change nothing for it. */
  if (answer.error?.status === 400) return null;
  return (
    <Section id="peak" title={t('peak.title')} lead={t('peak.lead', { month: month(from) })}
      tools={<Badge kind="warn">{t('peak.whatIf')}</Badge>}>
      <Strips />
      <div className="sliders no-print">
        <Slider label={t('peak.shift')} value={shift} onChange={setShift} max={60} step={10} unit="%" />
        <Slider label={t('peak.roof')} value={roof} onChange={setRoof} max={2000} step={250} unit="kWp" />
      </div>
      <Answer of={answer}>{(data) => (
        <>
          <p className="sentence" aria-live="polite">{pick(data, 'sentence')}</p>
          <div className="peak-cases">
            {(data.cases ?? []).filter((one) => SHOWN.includes(one.key)).map((one) => (
              <Case key={one.key} one={one} currency={data.currency} />
            ))}
          </div>
          <p className="soft">{pick(data, 'note') || t('peak.disputed')}</p>
        </>
      )}</Answer>
    </Section>
  );
}
