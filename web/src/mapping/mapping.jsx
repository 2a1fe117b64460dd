/* mapping.jsx: messages of any shape: which of them no rule takes, what a rule would make of one, and
 * the rule kept. Labels and choices of the rule's fields come from its record type; what comes out
 * of a message is told by the server. */
import { useEffect, useRef, useState } from 'react';
import { ask, useGet, useMeta } from '../api.js';
import { FleetTabs } from '../fleet/tabs.jsx';
import { useWords } from '../i18n/index.js';
import { Field, valueOf } from '../records/field.jsx';
import { Link, hrefOf } from '../route.jsx';
import { useTitle } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';
import { Answer, Empty, ErrorBox, sentence } from '../ui/state.jsx';
import { guessRule } from './guess.js';
import './mapping.css';

const API = '/api/v1/mapping';
const TRY_MS = 400;
const FIELDS = ['topic', 'format', 'decoder', 'device_code', 'series_code', 'time_pointer',
  'time_format', 'creates', 'place_code'];
const VALUE_FIELDS = ['name', 'pointer', 'unit', 'kind', 'quantity', 'scale'];
const TABLE_FIELDS = ['name', 'first_byte', 'byte_count', 'number_type', 'byte_order', 'unit', 'kind',
  'quantity', 'scale'];

/* ---- what no rule takes ---- */

function Unmatched({ item, onTake }) {
  const { t, exact, time } = useWords();
  return (
    <li className="card mapping-message">
      <h3><code>{item.topic}</code></h3>
      <p className="soft">{t('mapping.times', { n: exact(item.count), time: time(item.last) })}</p>
      <pre tabIndex={0} aria-label={t('mapping.payload')}>{item.payload}</pre>
      {item.code === 'NO_RULE' ? <p className="soft">{t('mapping.noRule')}</p>
        : <p className="soft" lang="en">{sentence(item.why)}</p>}
      <button type="button" onClick={() => onTake(item)}>{t('mapping.make')}</button>
    </li>
  );
}

function UnmatchedList({ of, onTake }) {
  const { t, exact } = useWords();
  return (
    <section aria-labelledby="unmatched-title">
      <h2 id="unmatched-title">{t('mapping.unmatched')}</h2>
      <Answer of={of}>
        {(data) => (
          <>
            <p className="soft">{t('mapping.counts', { messages: exact(data.messages),
              readings: exact(data.readings), unmatched: exact(data.unmatched),
              again: exact(data.again) })}</p>
            {data.items.length === 0 && <Empty title={t('mapping.none')} />}
            <ul className="plain mapping-messages">
              {data.items.map((item) => (
                <Unmatched key={`${item.topic} ${item.why}`} item={item} onTake={onTake} />
              ))}
            </ul>
          </>
        )}
      </Answer>
    </section>
  );
}

/* ---- a rule being made ---- */

const pickFields = (fields, names) => names.map((name) => fields.find((field) => field.name === name));

/* As the API takes it; what was left empty is left out. */
function bodyOf(type, edits, lang) {
  const take = (fields, from) => Object.fromEntries(fields
    .filter((field) => from[field.name] !== undefined && from[field.name] !== '')
    .map((field) => [field.name, valueOf(field, String(from[field.name]), lang).value ?? null]));
  const values = type.parts.find((part) => part.name === 'values');
  return { ...take(type.fields, edits),
    values: edits.values.map((row) => take(values.fields, row)) };
}

function ValueRows({ type, edits, onChange }) {
  const { t } = useWords();
  const part = type.parts.find((item) => item.name === 'values');
  const fields = pickFields(part.fields, edits.decoder === 'table' ? TABLE_FIELDS : VALUE_FIELDS);
  const put = (values) => onChange({ ...edits, values });
  return (
    <fieldset className="part mapping-values">
      <legend>{t('mapping.values')}</legend>
      {edits.values.map((row, i) => (
        <div className="mapping-value" key={i}>
          {fields.map((field) => (
            <Field key={field.name} field={field} edit={row[field.name] ?? ''} isCompact
              onChange={(edit) => put(edits.values.map((old, k) => (k === i
                ? { ...old, [field.name]: edit } : old)))} />
          ))}
          <button type="button" className="quiet" onClick={() => put(edits.values.filter((_, k) => k !== i))}>
            {t('mapping.leaveOut')}
          </button>
        </div>
      ))}
      <button type="button" onClick={() => put([...edits.values, {}])}>{t('mapping.addValue')}</button>
    </fieldset>
  );
}

function RuleForm({ type, edits, onChange }) {
  return (
    <>
      <div className="mapping-fields">
        {pickFields(type.fields, FIELDS).map((field) => (
          <Field key={field.name} field={field} edit={edits[field.name] ?? ''}
            onChange={(edit) => onChange({ ...edits, [field.name]: edit })} />
        ))}
      </div>
      <ValueRows {...{ type, edits, onChange }} />
    </>
  );
}

/* ---- what comes out ---- */

function Readings({ made }) {
  const { t, exact, time } = useWords();
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr><th>{t('mapping.series')}</th><th className="num">{t('mapping.value')}</th>
            <th>{t('mapping.time')}</th><th>{t('mapping.then')}</th></tr>
        </thead>
        <tbody>
          {made.readings.map((reading, i) => (
            <tr key={i}>
              <td><code>{reading.series}</code></td>
              <td className="num">{exact(reading.value)} {unitText(reading.unit)}</td>
              <td>{time(reading.time)}</td>
              <td>{t(reading.is_known ? 'mapping.known' : reading.is_made ? 'mapping.made'
                : 'mapping.missing')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Made({ state }) {
  const { t } = useWords();
  const { made, problem } = state;
  return (
    <section className="panel mapping-made" aria-labelledby="made-title" aria-live="polite">
      <h2 id="made-title">{t('mapping.result')}</h2>
      {problem && <ErrorBox problem={problem} />}
      {made && made.readings.length === 0 && <p>{t('mapping.nothing')}</p>}
      {made && made.readings.length > 0 && <Readings made={made} />}
      {made?.faults.map((fault, i) => <p key={i} className="notice notice-warn" lang="en">{sentence(fault.text)}</p>)}
    </section>
  );
}

/* Tried a moment after the last change. */
function useTrying(message, body) {
  const [state, setState] = useState({});
  const text = JSON.stringify({ topic: message.topic, payload: message.payload,
    is_hex: Boolean(message.is_hex), rule: body });
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(() => {
      ask('POST', `${API}/try`, text, { 'Content-Type': 'application/json' }).then(
        ({ data }) => isCurrent && setState({ made: data }),
        (problem) => isCurrent && setState({ problem }),
      );
    }, TRY_MS);
    return () => { isCurrent = false; clearTimeout(timer); };
  }, [text]);
  return state;
}

function SaveForm({ body, onSaved }) {
  const { t } = useWords();
  const [name, setName] = useState('');
  const [state, setState] = useState({});
  const save = async (event) => {
    event.preventDefault();
    setState({ isBusy: true });
    try {
      const { data } = await ask('POST', '/api/v1/core/mapping_rules', { ...body, code: name, name,
        sort_order: 100, is_active: true });
      setState({ saved: data });
      onSaved();
    } catch (problem) {
      setState({ problem });
    }
  };
  return (
    <form className="mapping-save" onSubmit={save}>
      <label className="field"><span>{t('mapping.name')}</span>
        <input required value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <button type="submit" className="primary" disabled={state.isBusy}>{t('mapping.save')}</button>
      {state.problem && <ErrorBox problem={state.problem} />}
      <p role="status">
        {state.saved && (
          <Link to={hrefOf(['records', 'core', 'mapping_rules', String(state.saved.id)])}>
            {t('mapping.saved')}
          </Link>
        )}
      </p>
    </form>
  );
}

function Trial({ type, message, setMessage, onSaved }) {
  const { t, lang } = useWords();
  const [edits, setEdits] = useState(() => ({ creates: 'true', place_code: 'devices',
    ...guessRule(message) }));
  const body = bodyOf(type, edits, lang);
  const state = useTrying(message, body);
  return (
    <section className="mapping-trial" aria-labelledby="trial-title">
      <h2 id="trial-title" tabIndex={-1}>{t('mapping.trial')}</h2>
      <div className="panel">
        <label className="field"><span>{t('mapping.topic')}</span>
          <input value={message.topic}
            onChange={(event) => setMessage({ ...message, topic: event.target.value })} />
        </label>
        <label className="field">
          <span>{t(message.is_hex ? 'mapping.payloadHex' : 'mapping.payload')}</span>
          <textarea rows="5" value={message.payload} spellCheck={false}
            onChange={(event) => setMessage({ ...message, payload: event.target.value })} />
        </label>
      </div>
      <div className="panel"><RuleForm type={type} edits={edits} onChange={setEdits} /></div>
      <Made state={state} />
      <SaveForm body={body} onSaved={onSaved} />
    </section>
  );
}

const EXAMPLE = { topic: 'meters/12/state', payload: '{"energy_kwh": 1043.5, "power": 250}' };

/* The newest message that no rule took when the page opened: undefined until that is known, null
 * when there is none. */
function useFirst(unmatched) {
  const first = useRef(undefined);
  if (first.current === undefined && (unmatched.data || unmatched.error)) {
    first.current = unmatched.data?.items[0] ?? null;
  }
  return first.current;
}

export function MappingPage() {
  const { t } = useWords();
  const meta = useMeta();
  const unmatched = useGet(`${API}/unmatched`);
  const [taken, setTaken] = useState(null);
  const newest = useFirst(unmatched);
  const picked = taken ?? { round: 0, message: newest ?? EXAMPLE };
  useTitle(t('mapping.title'));
  const take = (message) => {
    setTaken({ round: picked.round + 1, message });
    document.getElementById('trial-title')?.scrollIntoView({ block: 'start' });
  };
  const type = meta.data?.rooms.find((room) => room.name === 'core')
    ?.records.find((record) => record.name === 'mapping_rule');
  return (
    <>
      <FleetTabs on="mapping" />
      <div className="page-head">
        <h1>{t('mapping.title')}</h1>
        <p className="lead">{t('mapping.intro')}</p>
      </div>
      <UnmatchedList of={unmatched} onTake={take} />
      {type && newest !== undefined && <Trial key={picked.round} type={type} message={picked.message} onSaved={unmatched.reload}
        setMessage={(message) => setTaken({ ...picked, message })} />}
    </>
  );
}
