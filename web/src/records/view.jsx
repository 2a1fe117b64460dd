/* view.jsx: one record: its fields and parts, what may be done with it now, and its history. */
import { useEffect, useState } from 'react';
import { ask, download } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, set } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { useTitle } from '../ui/hooks.js';
import { ErrorBox, Waiting } from '../ui/state.jsx';
import { BillDrawing, BillLines } from '../meter/lines.jsx';
import '../meter/meter.css';
import { Why } from '../ui/why.jsx';
import { RecordForm } from './form.jsx';
import { History } from './history.jsx';
import { hrefOfType } from './records.jsx';
import { Value, isNumeric, titleOf } from './value.jsx';
import { Verbs } from './verbs.jsx';

export function Fields({ type, record }) {
  const { pick } = useWords();
  const shown = type.fields.filter((field) => record[field.name] !== undefined
    && record[field.name] !== null && record[field.name] !== '');
  return (
    <dl className="pairs">
      {shown.map((field) => (
        <div key={field.name}>
          <dt>{pick(field, 'label') || field.name}</dt>
          <dd className={field.long ? 'long' : undefined}><Value field={field} record={record} /></dd>
        </div>
      ))}
    </dl>
  );
}

export function Part({ part, record }) {
  const { pick, t } = useWords();
  const rows = record[part.name] ?? [];
  const label = pick(part, 'label') || part.name;
  const fields = part.fields.filter((field) => rows.some((row) => row[field.name] !== null
    && row[field.name] !== undefined && row[field.name] !== ''));
  return (
    <section className="panel">
      <h2>{label}</h2>
      {rows.length === 0 ? <p className="soft">{t('records.noRows')}</p> : (
        <div className="scroll" tabIndex={0} role="region" aria-label={label}>
          <table>
            <thead>
              <tr>{fields.map((field) => (
                <th key={field.name} className={isNumeric(field) ? 'num' : undefined}>
                  {pick(field, 'label') || field.name}
                </th>
              ))}</tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i}>{fields.map((field) => (
                  <td key={field.name} className={isNumeric(field) ? 'num' : undefined}>
                    <Value field={field} record={row} />
                  </td>
                ))}</tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/* An issued bill as a page to print. */
function PrintBill({ record }) {
  const { t, lang } = useWords();
  const [problem, setProblem] = useState(null);
  const save = () => download(`/api/v1/bills/${record.id}/statement.pdf?lang=${lang}`,
    `${record.number.replaceAll('/', '-')}.pdf`).catch(setProblem);
  return (
    <>
      <div className="actions no-print">
        <button type="button" onClick={save}>{t('billing.print')}</button>
      </div>
      {problem && <ErrorBox problem={problem} />}
    </>
  );
}

/* Bills are read as bills; their lines are no table of columns. */
const BILLS = '/api/v1/core/bills';

function BillShown({ record }) {
  const { t, moneyMinor } = useWords();
  return (
    <section className="panel">
      <h2 className="card-title">{t('bill.total')}</h2>
      <p className="big big-small">
        {moneyMinor(record.total, record.currency)}
        <Why about={{ bill: record.id }} label={t('bill.total')} />
      </p>
      <BillDrawing bill={record} />
      <BillLines bill={record} />
      {record.state !== 'draft' && <PrintBill record={record} />}
    </section>
  );
}

/* A series has a page that is made with care. */
function More({ type, record }) {
  const { t } = useWords();
  if (type.path !== '/api/v1/core/series') return null;
  return <Link className="button" to={hrefOf(['meter', ...record.code.split('/')])}>
    {t('records.openMeter')}</Link>;
}

function Record({ type, record, etag, onChange, onReload, isEditing }) {
  const { t, pick, time } = useWords();
  const title = titleOf(type, record);
  const isBill = type.path === BILLS && record.lines?.length > 0;
  useTitle(title);
  if (isEditing) {
    return (
      <RecordForm {...{ type, record, etag }} onReload={onReload}
        onCancel={() => set({ edit: '' })}
        onSaved={() => { onReload(); set({ edit: '' }); }} />
    );
  }
  return (
    <>
      <div className="page-head">
        <p className="crumbs"><Link to={hrefOfType(type)}>{pick(type, 'plural')}</Link></p>
        <h1>{title} <StateBadge value={record.state} /></h1>
        <p className="soft">
          {t('records.version', { n: record.version, time: time(record.updated) })}
          {record.owner_label && ` · ${t('records.owner')}: ${record.owner_label}`}
        </p>
      </div>
      <div className="toolbar no-print">
        {record.may?.includes('edit')
          && <button type="button" onClick={() => set({ edit: 1 })}>{t('records.edit')}</button>}
        <More type={type} record={record} />
      </div>
      <Verbs {...{ type, record, etag, onChange }} />
      {isBill && <BillShown record={record} />}
      <section className="panel"><Fields type={type} record={record} /></section>
      {!isBill && (type.parts ?? []).map((part) => <Part key={part.name} part={part} record={record} />)}
      <History type={type} record={record} />
    </>
  );
}

export function RecordView({ type, id, view }) {
  const [state, setState] = useState({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    ask('GET', `${type.path}/${id}`).then(
      ({ data, etag }) => isCurrent && setState({ record: data, etag: etag ?? `"${data.version}"` }),
      (error) => isCurrent && setState({ error }),
    );
    return () => { isCurrent = false; };
  }, [type.path, id, round]);
  const reload = () => setRound((n) => n + 1);
  if (state.error) return <ErrorBox problem={state.error} onRetry={reload} />;
  if (!state.record) return <Waiting tall />;
  return <Record key={`${state.record.version} ${round}`} {...{ type }} {...state}
    onChange={reload} onReload={reload} isEditing={Boolean(view.query.edit)} />;
}
