/* quality.jsx: readings that did not pass a check, meter by meter, and what can be done about each:
 * accept, fill, edit with a reason, undo; how readings come in; bills that would come out
 * differently. What a check is and what an estimate comes to is told by the server. */
import { useState } from 'react';
import { ask, url, useGet } from '../api.js';
import { FleetTabs } from '../fleet/tabs.jsx';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { Badge, StateBadge } from '../ui/badge.jsx';
import { useTitle } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';
import { parseNumber } from '../ui/parse.js';
import { Answer, Empty, ErrorBox } from '../ui/state.jsx';
import { Bills } from './bills.jsx';
import { FindingChart } from './finding_chart.jsx';
import './quality.css';

const CORE = '/api/v1/core';
const OPEN_MOST = 200;
const RULE_DAYS = 60;
const DAY_MS = 86400000;

/* ---- how readings come in ---- */

const COUNTS = ['silent', 'late', 'duplicate', 'suspect', 'refused'];

function Counts({ counts }) {
  const { t, exact } = useWords();
  return (
    <section className="panel" aria-labelledby="counts-title">
      <h2 id="counts-title">{t('vee.counts')}</h2>
      <dl className="vee-counts">
        {COUNTS.map((name) => (
          <div key={name}>
            <dt>{t(`vee.count.${name}`)}</dt>
            <dd>{exact(counts[name])}</dd>
          </div>
        ))}
      </dl>
      <p className="soft">{t('vee.countsOf', { n: exact(counts.series), taken: exact(counts.taken) })}</p>
    </section>
  );
}

/* ---- a finding ---- */

/* "12 periods, limit 1.5" */
function measureText(finding, { t, number }) {
  const unit = finding.unit ? ` ${unitText(finding.unit)}` : '';
  const values = { measure: number(finding.measure), limit: number(finding.limit_value), unit,
    n: finding.readings };
  return t(finding.check_name === 'gap' ? 'vee.measure.gap' : 'vee.measure', values);
}

/* What a person gives: an amount for what has a length, else a value for the instant. */
function EditForm({ finding, series, onDone, onCancel }) {
  const words = useWords();
  const { t, lang } = words;
  const isSpan = finding.time_from !== finding.time_to
    && ['register', 'interval'].includes(series.kind);
  const [kind, setKind] = useState(isSpan && series.kind === 'interval' ? 'amount' : 'value');
  const [number, setNumber] = useState('');
  const [reason, setReason] = useState('');
  const [state, setState] = useState({});
  const submit = async (event) => {
    event.preventDefault();
    const value = parseNumber(number, lang);
    if (value === null) { setState({ wrong: t('form.notNumber') }); return; }
    const span = kind === 'amount' ? { time_from: finding.time_from, time_to: finding.time_to }
      : { time_from: finding.time_to };
    setState({ isBusy: true });
    try {
      await ask('POST', `${CORE}/do/vee_edit`, { series: finding.series, ...span,
        [kind]: Number(value), reason, finding: finding.id });
      onDone();
    } catch (problem) {
      setState({ problem });
    }
  };
  return (
    <form className="vee-form" onSubmit={submit}>
      {isSpan && (
        <label className="field"><span>{t('vee.edit.kind')}</span>
          <select value={kind} onChange={(event) => setKind(event.target.value)}>
            <option value="value">{t('vee.edit.value')}</option>
            <option value="amount">{t('vee.edit.amount')}</option>
          </select>
        </label>
      )}
      <label className="field">
        <span>{t(`vee.edit.${kind}`)} ({unitText(series.unit)})</span>
        <input required inputMode="decimal" value={number}
          onChange={(event) => setNumber(event.target.value)} />
      </label>
      <label className="field"><span>{t('vee.reason')}</span>
        <input required value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      {state.wrong && <p role="alert">{state.wrong}</p>}
      {state.problem && <ErrorBox problem={state.problem} />}
      <div className="actions">
        <button type="submit" className="primary" disabled={state.isBusy}>{t('vee.save')}</button>
        <button type="button" onClick={onCancel}>{t('form.cancel')}</button>
      </div>
    </form>
  );
}

function ReasonForm({ finding, onDone, onCancel }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    try {
      await ask('POST', `${CORE}/do/vee_accept`, { finding: finding.id, reason });
      onDone();
    } catch (refused) {
      setProblem(refused);
    }
  };
  return (
    <form className="vee-form" onSubmit={submit}>
      <label className="field"><span>{t('vee.reason')}</span>
        <input required value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      {problem && <ErrorBox problem={problem} />}
      <div className="actions">
        <button type="submit" className="primary">{t('vee.accept')}</button>
        <button type="button" onClick={onCancel}>{t('form.cancel')}</button>
      </div>
    </form>
  );
}

function Finding({ finding, series, onChange }) {
  const words = useWords();
  const { t, time } = words;
  const [asked, setAsked] = useState('');
  const [state, setState] = useState({});
  const estimate = async () => {
    setState({ isBusy: true });
    try {
      await ask('POST', `${CORE}/do/vee_estimate`, { finding: finding.id });
      onChange();
    } catch (problem) {
      setState({ problem });
    }
  };
  const when = finding.time_from === finding.time_to ? time(finding.time_to, series.zone)
    : `${time(finding.time_from, series.zone)} – ${time(finding.time_to, series.zone)}`;
  return (
    <article className="card vee-finding" data-check={finding.check_name}>
      <h3><Badge kind="warn">{t(`vee.check.${finding.check_name}`)}</Badge> {when}</h3>
      <p>{measureText(finding, words)}</p>
      <FindingChart finding={finding} series={series} />
      {!asked && (
        <div className="actions">
          {finding.check_name === 'gap' && (
            <button type="button" className="primary" disabled={state.isBusy} onClick={estimate}>
              {t('vee.estimate')}
            </button>
          )}
          <button type="button" onClick={() => setAsked('edit')}>{t('vee.edit')}</button>
          <button type="button" onClick={() => setAsked('accept')}>{t('vee.accept')}</button>
        </div>
      )}
      {state.problem && <ErrorBox problem={state.problem} />}
      {asked === 'edit' && (
        <EditForm finding={finding} series={series} onDone={onChange} onCancel={() => setAsked('')} />
      )}
      {asked === 'accept' && (
        <ReasonForm finding={finding} onDone={onChange} onCancel={() => setAsked('')} />
      )}
    </article>
  );
}

/* ---- the findings of a meter ---- */

/* round: grows when something was done; the pictures are drawn anew then. */
function Meter({ findings, round, onChange }) {
  const [{ series: id }] = findings;
  const series = useGet(`${CORE}/series/${id}`);
  return (
    <section className="vee-meter">
      <Answer of={series}>
        {(record) => (
          <>
            <h2>
              <Link to={hrefOf(['meter', ...record.code.split('/')])}>{record.name}</Link>
              <span className="soft block">{record.code}</span>
            </h2>
            <div className="vee-findings">
              {findings.map((finding) => (
                <Finding key={`${finding.id} ${round}`} finding={finding} series={record}
                  onChange={onChange} />
              ))}
            </div>
          </>
        )}
      </Answer>
    </section>
  );
}

function byMeter(findings) {
  const meters = new Map();
  for (const finding of findings) {
    if (!meters.has(finding.series)) meters.set(finding.series, []);
    meters.get(finding.series).push(finding);
  }
  return [...meters.values()];
}

/* ---- rules ---- */

/* Without a rule nothing is checked: one click makes the usual ones. */
function NoRules({ onDone }) {
  const { t } = useWords();
  const properties = useGet(url(`${CORE}/properties`, { limit: 1000 }));
  const [problem, setProblem] = useState(null);
  const begin = async () => {
    const from = new Date(Date.now() - RULE_DAYS * DAY_MS).toISOString().slice(0, 10);
    const quantities = new Map(properties.data.items.filter((item) => item.quantity)
      .map((item) => [item.quantity, item.name]));
    try {
      for (const [quantity, name] of quantities) {
        await ask('POST', `${CORE}/vee_rules`, { code: `vee-${quantity}`, name, quantity,
          valid_from: from });
      }
      onDone();
    } catch (refused) {
      setProblem(refused);
    }
  };
  return (
    <div className="notice">
      <p>{t('vee.noRules')}</p>
      {problem && <ErrorBox problem={problem} />}
      <button type="button" className="primary" disabled={!properties.data} onClick={begin}>
        {t('vee.begin')}
      </button>
    </div>
  );
}

/* ---- edits ---- */

function Edits({ edits, onChange }) {
  const { t, lang, time, exact } = useWords();
  const [problem, setProblem] = useState(null);
  const undo = async (edit) => {
    try {
      await ask('POST', `${CORE}/do/vee_undo`, { edit: edit.id });
      setProblem(null);
      onChange();
    } catch (refused) {
      setProblem(refused);
    }
  };
  if (!edits.length) return null;
  const reason = (text) => (text.includes('\n') ? text.split('\n')[lang === 'en' ? 1 : 0] : text);
  return (
    <section className="panel" aria-labelledby="edits-title">
      <h2 id="edits-title">{t('vee.edits')}</h2>
      {problem && <ErrorBox problem={problem} />}
      <ul className="plain vee-edits">
        {edits.map((edit) => (
          <li key={edit.id}>
            <div>
              <Link to={hrefOf(['records', 'core', 'reading_edits', String(edit.id)])}>
                {edit.series_label}
              </Link>
              {' '}<StateBadge value={edit.state} />
              <span className="block soft">
                {time(edit.time_from)} – {time(edit.time_to)}
                {edit.value !== null && `: ${exact(edit.value)}`}
              </span>
              <span className="block">{reason(edit.reason)} · {edit.asked_by}</span>
            </div>
            {edit.state === 'done' && (
              <button type="button" onClick={() => undo(edit)}>{t('vee.undo')}</button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/* ---- the page ---- */

export function QualityPage() {
  const { t, exact } = useWords();
  useTitle(t('vee.title'));
  const findings = useGet(url(`${CORE}/vee_findings`, { state: 'open', sort: '-time_from',
    limit: OPEN_MOST }));
  const counts = useGet(`${CORE}/do/vee_counts`);
  const rules = useGet(url(`${CORE}/vee_rules`, { limit: 1 }));
  const edits = useGet(url(`${CORE}/reading_edits`, { sort: '-id', limit: 20 }));
  const [round, setRound] = useState(0);
  const reload = () => {
    [findings, counts, rules, edits].forEach((one) => one.reload());
    setRound(round + 1);
  };
  return (
    <>
      <FleetTabs on="quality" />
      <div className="page-head">
        <h1>{t('vee.title')}</h1>
        <p className="lead">{t('vee.lead')}</p>
        <p><Link to={hrefOf(['records', 'core', 'vee_rules'])}>{t('vee.rules')}</Link></p>
      </div>
      {rules.data?.items.length === 0 && <NoRules onDone={reload} />}
      <Answer of={counts}>{(data) => <Counts counts={data} />}</Answer>
      <Answer of={findings} tall>
        {({ items, next }) => (
          <>
            {items.length === 0 && rules.data?.items.length > 0 && <Empty title={t('vee.none')} />}
            <div className="vee-meters">
              {byMeter(items).map((list) => (
                <Meter key={list[0].series} findings={list} round={round} onChange={reload} />
              ))}
            </div>
            {next && <p className="soft">{t('vee.cut', { n: exact(items.length) })}</p>}
          </>
        )}
      </Answer>
      <Answer of={edits}>{({ items }) => <Edits edits={items} onChange={reload} />}</Answer>
      <Bills />
    </>
  );
}
