/* charge.jsx: what an amount costs: a tariff, a month, an amount in; the bill, drawn and line by line,
 * out. All of the question stands in the URL, so an answer can be shared. */
import { useEffect, useState } from 'react';
import { url, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { set } from '../route.jsx';
import { VerifiedBadge } from '../ui/badge.jsx';
import { today } from '../ui/dates.js';
import { useTitle } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';
import { editText, parseNumber } from '../ui/parse.js';
import { Answer, Empty, ErrorBox, Waiting, problemText, sentence } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { BillDrawing, BillLines } from '../meter/lines.jsx';
import '../meter/meter.css';
import './charge.css';

const NUMBERS = ['quantity', 'heads', 'peak', 'normal', 'off_peak', 'load_kw', 'days'];
const HOURS = ['peak', 'normal', 'off_peak', 'load_kw', 'shift_from', 'shift_to', 'days', 'hours', 'from', 'to'];
const ASKED = ['tariff', 'on', ...NUMBERS, 'shift_from', 'shift_to', 'hours', 'from', 'to'];

function tariffsOf(meta) {
  return meta.rooms.filter((room) => room.tariffs?.length > 0);
}

function TariffSelect({ rooms, value, onChange }) {
  const { t, pick } = useWords();
  return (
    <label>
      <span>{t('charge.tariff')}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {rooms.map((room) => (
          <optgroup key={room.name} label={pick(room, 'label')}>
            {room.tariffs.map((tariff) => (
              <option key={tariff.code} value={tariff.code}>{pick(tariff, 'label')}</option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function Input({ name, label, edits, put, problem, type }) {
  const words = useWords();
  const isWrong = problem?.field === name;
  const wrong = problem && (words.lang === 'en' && problem.detail ? sentence(problem.detail)
    : `${problemText(problem, words)} ${problem.limit ?? ''}`);
  return (
    <label className={isWrong ? 'field-wrong' : undefined}>
      <span>{label}</span>
      {isWrong && <strong className="field-error">{wrong}</strong>}
      <input type={type ?? 'text'} inputMode={type ? undefined : 'decimal'} value={edits[name] ?? ''}
        name={name} aria-invalid={isWrong || undefined}
        onChange={(event) => put(name, event.target.value)} />
    </label>
  );
}

function HoursFields({ tariff, edits, put, problem }) {
  const { t } = useWords();
  const unit = unitText(tariff?.unit);
  const isUsed = HOURS.some((name) => edits[name] || problem?.field === name);
  return (
    <details open={isUsed} className="hours">
      <summary>{t('charge.hours')}</summary>
      <div className="charge-grid">
        {['peak', 'normal', 'off_peak'].map((name) => (
          <Input key={name} {...{ name, edits, put, problem }} label={t(`charge.${name}`, { unit })} />
        ))}
        <Input name="load_kw" label={t('charge.load_kw')} {...{ edits, put, problem }} />
        <Input name="shift_from" type="time" label={t('charge.shift_from')} {...{ edits, put, problem }} />
        <Input name="shift_to" type="time" label={t('charge.shift_to')} {...{ edits, put, problem }} />
        <Input name="days" label={t('charge.days')} {...{ edits, put, problem }} />
        <label>
          <span>{t('charge.variant')}</span>
          <select value={edits.hours ?? ''} onChange={(event) => put('hours', event.target.value)}>
            <option value="">{t('charge.variant.usual')}</option>
            <option value="legacy">{t('charge.variant.legacy')}</option>
            <option value="963">{t('charge.variant.963')}</option>
          </select>
        </label>
        <Input name="from" type="date" label={t('charge.from')} {...{ edits, put, problem }} />
        <Input name="to" type="date" label={t('charge.to')} {...{ edits, put, problem }} />
      </div>
    </details>
  );
}

/* What is typed, as the reader writes numbers; the URL has them as the API does. */
function editsOf(query, lang) {
  const edits = {};
  for (const name of ASKED) {
    if (query[name]) edits[name] = NUMBERS.includes(name) ? editText(query[name], lang) : query[name];
  }
  return edits;
}

function Form({ rooms, query, problem }) {
  const { t, lang, pick } = useWords();
  const [edits, setEdits] = useState(() => editsOf(query, lang));
  useEffect(() => setEdits(editsOf(query, lang)), [JSON.stringify(query), lang]);
  const put = (name, value) => setEdits((old) => ({ ...old, [name]: value }));
  const code = edits.tariff ?? rooms[0].tariffs[0].code;
  const tariff = rooms.flatMap((room) => room.tariffs).find((one) => one.code === code);
  const compute = (event) => {
    event.preventDefault();
    const asked = { tariff: code };
    for (const name of ASKED.slice(1)) {
      const text = edits[name] ?? '';
      asked[name] = NUMBERS.includes(name) ? parseNumber(text, lang) ?? text : text;
    }
    set(asked);
  };
  const shared = { edits, put, problem };
  return (
    <form className="panel charge-form" onSubmit={compute} noValidate>
      <div className="charge-grid">
        <TariffSelect rooms={rooms} value={code} onChange={(value) => put('tariff', value)} />
        <Input name="on" type="date" label={t('charge.on')} {...shared}
          edits={{ ...edits, on: edits.on ?? (edits.from ? '' : today()) }} />
        <Input name="quantity" {...shared}
          label={t('charge.quantity', { unit: unitText(tariff?.unit) })} />
        {pick(tariff, 'head') && (
          <Input name="heads" label={t('charge.heads', { head: pick(tariff, 'head') })} {...shared} />
        )}
      </div>
      <HoursFields tariff={tariff} {...shared} />
      <button type="submit" className="primary">{t('charge.compute')}</button>
    </form>
  );
}

function Carbon({ bill }) {
  const { t, number, exact } = useWords();
  if (bill.ghg_kgco2 === null || bill.ghg_kgco2 === undefined) return null;
  return (
    <p className="soft">
      {t('carbon.title')}: <strong>{number(bill.ghg_kgco2)} kg CO₂</strong>{' '}
      <Why label={t('carbon.title')} about={{ dated: bill.ghg_factor_code }} />{' '}
      {t('carbon.factor', { year: bill.ghg_factor_year, factor: exact(bill.ghg_factor) })}{' '}
      {unitText(bill.ghg_factor_unit)}, {bill.ghg_factor_document}
      {bill.ghg_factor_is_earlier && `, ${t('carbon.latest')}`}
    </p>
  );
}

function Result({ bill }) {
  const { t, day, exact, moneyMinor, pick } = useWords();
  const note = pick(bill, 'note');
  return (
    <section className="panel" aria-live="polite">
      <h2 className="card-title">{t('charge.result', {
        quantity: exact(bill.quantity), unit: unitText(bill.unit), from: day(bill.period_from),
        to: day(bill.period_to),
      })}</h2>
      <p className="big"><span className="big-value total">{moneyMinor(bill.total, bill.currency)}</span></p>
      <BillDrawing bill={bill} />
      <BillLines bill={bill} />
      <Carbon bill={bill} />
      {note && <p className="soft">{note}</p>}
      {bill.has_disputed_rows && <p className="notice notice-warn">{t('charge.disputed')}</p>}
      {!bill.has_disputed_rows && bill.has_partial_rows && <p className="soft">{t('charge.partial')}{' '}
        <VerifiedBadge value="partial" /></p>}
    </section>
  );
}

export function ChargePage({ view }) {
  const { t } = useWords();
  useTitle(t('charge.title'));
  const meta = useMeta();
  const asked = Object.fromEntries(ASKED.map((name) => [name, view.query[name]]));
  const isAsked = asked.tariff && (asked.quantity || HOURS.some((name) => asked[name]));
  const answer = useGet(isAsked ? url('/api/v1/core/do/charge', asked) : null);
  return (
    <>
      <div className="page-head">
        <h1>{t('charge.title')}</h1>
        <p className="lead">{t('charge.lead')}</p>
      </div>
      <Answer of={meta} tall>{(data) => (
        <Form rooms={tariffsOf(data)} query={asked} problem={answer.error} />
      )}</Answer>
      {answer.error && <ErrorBox problem={answer.error} />}
      {!isAsked && <Empty title={t('charge.how')} />}
      {isAsked && !answer.error && (answer.data ? <Result bill={answer.data} /> : <Waiting tall />)}
    </>
  );
}
