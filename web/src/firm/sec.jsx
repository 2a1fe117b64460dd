/* sec.jsx: what a line uses for a unit of product: the answer against the norm, the energy that goes
 * in, what was made, and the months before. */
import { useState } from 'react';
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { VerifiedBadge } from '../ui/badge.jsx';
import { ChartFrame } from '../ui/chart.jsx';
import { addMonths, partsOf, today } from '../ui/dates.js';
import { BigNumber, unitText } from '../ui/number.jsx';
import { Answer, Empty } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { Verdict, isKnown, useMany } from './asked.jsx';
import { TimeChart } from './time_chart.jsx';

const NORM = '/api/v1/industry/do/norm_verdict';
const MONTHS = 12;

/* ---- the answer ---- */

function Norm({ data }) {
  const { t, exact } = useWords();
  if (!isKnown(data.norm)) return <p className="firm-norm">{t('firm.noNorm')}</p>;
  return (
    <p className="firm-norm">
      <strong>{t('firm.norm')} {exact(data.norm)} {unitText(data.sec_unit)}</strong>
      {data.document && <span>{data.document}</span>}
      <VerifiedBadge value={data.verified} />
    </p>
  );
}

function AnswerCard({ data, line }) {
  const { t, number, pick } = useWords();
  const edge = { passes: ' firm-passes', fails: ' firm-fails' }[data.verdict] ?? '';
  return (
    <section className={`card firm-main${edge}`} aria-live="polite">
      <h2 className="card-title">{t('firm.sec')} · {line.name}</h2>
      <BigNumber value={isKnown(data.sec) ? number(data.sec) : '–'} unit={data.sec_unit}>
        <Why label={t('firm.sec')} about={{
          record: 'industry.line', id: line.id, from: data.from, to: data.to,
        }} />
      </BigNumber>
      <p><Verdict value={data.verdict} /></p>
      <p className="sentence">{pick(data, 'sentence')}</p>
      <Norm data={data} />
    </section>
  );
}

const kindOf = (input) => (input.fuel === 'electricity' || input.unit === 'kWh'
  || input.factor_unit === 'MJ/kWh' ? 'electricity' : 'fuel');

function InputsCard({ data, toe }) {
  const { t, number, pick } = useWords();
  const inputs = data.inputs ?? [];
  const share = (value) => (data.energy_mj > 0 && isKnown(value)
    ? `${Math.min(100, (value / data.energy_mj) * 100)}%` : '0');
  return (
    <section className="card">
      <h2 className="card-title">{t('firm.energy')}</h2>
      <p className="big big-small">
        {number(data.energy_mj)} <span className="big-unit">MJ</span>
      </p>
      <ul className="inputs">
        {inputs.map((input, i) => (
          <li key={i}>
            <span>{input.label}</span>
            <span className="num">{number(input.energy_mj)} MJ</span>
            <svg width="100%" height="10" aria-hidden="true">
              <rect className="input-all" width="100%" height="10" rx="5" />
              <rect className={`input-${kindOf(input)}`} width={share(input.energy_mj)} height="10" rx="5" />
            </svg>
            <span className="soft">{number(input.quantity)} {unitText(input.unit)}
              {isKnown(input.factor) && <> × {number(input.factor)} {unitText(input.factor_unit)}</>}</span>
          </li>
        ))}
      </ul>
      {toe?.has_value && <p className="soft">{pick(toe, 'sentence')}</p>}
    </section>
  );
}

function OutputCard({ data }) {
  const { t, number, day } = useWords();
  return (
    <section className="card">
      <h2 className="card-title">{t('firm.output')}</h2>
      <p className="big big-small">
        {isKnown(data.output) ? number(data.output) : '–'}
        <span className="big-unit"> {unitText(data.output_unit)}</span>
      </p>
      {data.from && <p className="soft">{t('firm.period', { from: day(data.from), to: day(data.to) })}</p>}
    </section>
  );
}

/* ---- the months before ---- */

function monthsBefore(day) {
  const { year, month } = partsOf(day);
  const first = addMonths(`${year}-${String(month).padStart(2, '0')}-01`, 0);
  return Array.from({ length: MONTHS + 1 }, (_, i) => addMonths(first, i - MONTHS));
}

function SecChart({ line }) {
  const words = useWords();
  const { t, number, month } = words;
  const [at, setAt] = useState(null);
  const now = today();
  const months = monthsBefore(now);
  const answers = useMany(months.map((from, i) => url(NORM, {
    line: line.id, from, to: i === MONTHS ? now : addMonths(from, 1),
  })).filter((path) => !path.includes(`from=${now}`)));
  return (
    <Answer of={answers} tall>{(list) => {
      const rows = list.map((answer, i) => ({
        key: months[i], label: month(months[i]), tick: t(`month.${partsOf(months[i]).month}`),
        from: months[i], sec: answer?.sec ?? null, norm: answer?.norm ?? null,
        verdict: answer?.verdict ?? 'not_known', unit: answer?.sec_unit,
      }));
      const unit = rows.find((row) => row.unit)?.unit ?? '';
      if (!rows.some((row) => row.sec !== null)) return <Empty title={t('firm.noSec')} />;
      const say = (i) => {
        if (i === null || !rows[i]) return '';
        const { label, sec, norm, verdict } = rows[i];
        const amount = sec === null ? t('chart.noData') : `${number(sec)} ${unitText(unit)}`;
        return `${label}: ${amount}${norm === null ? '' : ` · ${t('firm.norm')} ${number(norm)}`}`
          + ` · ${words.term('verdict', verdict)}`;
      };
      const norms = rows.map((row) => row.norm);
      const last = norms.filter((norm) => norm !== null).at(-1);
      return (
        <ChartFrame title={t('firm.secByMonth')} subtitle={`${line.name}, ${unitText(unit)}`}
          readout={say(at)} fileName={`${line.code}-sec`} rows={rows}
          legend={(
            <ul className="legend">
              <li><span className="swatch swatch-sec" aria-hidden="true" />{t('firm.sec')}</li>
              <li><span className="swatch swatch-level" aria-hidden="true" />{t('firm.norm')}</li>
            </ul>
          )}
          columns={[
            { name: 'from', label: t('chart.time'), show: (row) => row.label },
            { name: 'sec', label: unitText(unit), isNumber: true, show: (row) => number(row.sec) },
            { name: 'norm', label: t('firm.norm'), isNumber: true, show: (row) => number(row.norm) },
            { name: 'verdict', label: t('firm.verdict'), show: (row) => words.term('verdict', row.verdict) },
          ]}>
          <TimeChart points={rows} unit={unit} label={`${t('firm.secByMonth')}. ${t('chart.arrows')}`}
            lines={[{ name: 'sec', className: 'ink-sec', values: rows.map((row) => row.sec) }]}
            level={{ values: norms, text: last === undefined ? '' : `${t('firm.norm')} ${number(last)}` }}
            onReadout={setAt} valueText={say} />
        </ChartFrame>
      );
    }}</Answer>
  );
}

/* ---- a line ---- */

export function LinePanel({ line, party }) {
  const answer = useGet(url(NORM, { line: line.id }));
  const { from, to } = answer.data ?? {};
  const toe = useGet(from ? url('/api/v1/industry/do/toe', { party: party.id, from, to }) : null);
  return (
    <Answer of={answer} tall>{(data) => (
      <>
        <div className="firm-cards">
          <AnswerCard data={data} line={line} />
          <InputsCard data={data} toe={toe.data} />
          <OutputCard data={data} />
        </div>
        <section className="panel"><SecChart line={line} /></section>
      </>
    )}</Answer>
  );
}
