/* why_parts.jsx: what a number is made of: parts to go deeper into, what is missing, the rows of
 * prices and factors with their documents, the revisions of a bill, and who changed what. */
import { useState } from 'react';
import { url, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { History } from '../records/history.jsx';
import { Link } from '../route.jsx';
import { StateBadge, VerifiedBadge } from './badge.jsx';
import { unitText } from './number.jsx';
import { amountText, bothTexts, question, questionOf, useTrail } from './why_trail.jsx';

/* An address of the API as a page of ours, or nothing. */
export function pageOf(href) {
  if (!href) return null;
  const party = /^\/api\/v1\/core\/parties\/(\d+)$/.exec(href);
  if (party) return `/firm/${party[1]}`;
  const record = /^\/api\/v1\/([a-z_]+\/[a-z_]+\/\d+)$/.exec(href);
  if (record) return `/records/${record[1]}`;
  const series = /^\/api\/v1\/readings\?series=([^&]+)/.exec(href);
  if (series) return `/meter/${decodeURIComponent(series[1])}`;
  return href.startsWith('/') && !href.startsWith('/api/') ? href : null;
}

const labelOf = (of, words) => of.label || words.pick(of, 'label');
const isKnown = (value) => value !== null && value !== undefined;

/* A value, and beside it what it was before a correction. */
function Value({ part, before }) {
  const words = useWords();
  if (!isKnown(part.value)) return <span />;
  if (!before || before.value === part.value || !isKnown(before.value)) {
    return <span className="why-value">{amountText(part.value, words)} {unitText(part.unit)}</span>;
  }
  const [was, is] = bothTexts(before.value, part.value, words);
  return (
    <span className="why-value">
      <del>{was}</del> <span aria-hidden="true">→</span> <ins>{is} {unitText(part.unit)}</ins>
    </span>
  );
}

/* A part that has a reason of its own opens it in the drawer. */
function Step({ of, before }) {
  const words = useWords();
  const { open } = useTrail();
  const deeper = questionOf(of.href);
  const page = deeper ? null : pageOf(of.href);
  const body = (
    <>
      <span className="why-label">{labelOf(of, words)}</span>
      <Value part={of} before={before} />
      <span className="why-go" aria-hidden="true">{deeper ? '›' : page ? '↗' : ''}</span>
    </>
  );
  if (deeper) {
    return <button type="button" className="why-step" onClick={() => open(deeper)}>{body}</button>;
  }
  return page ? <Link className="why-step" to={page}>{body}</Link>
    : <div className="why-step">{body}</div>;
}

const SHOWN_PARTS = 40;

export function Parts({ parts, before }) {
  const words = useWords();
  const [isAll, setAll] = useState(false);
  const wasOf = (part) => before?.find((old) => old.href === part.href
    && labelOf(old, words) === labelOf(part, words));
  const isChanged = (part) => {
    const was = wasOf(part);
    return Boolean(was) && was.value !== part.value;
  };
  const shown = isAll ? parts
    : parts.filter((part, i) => i < SHOWN_PARTS || isChanged(part));
  return (
    <section>
      <h3>{words.t('why.parts')}</h3>
      <ul className="why-parts">
        {shown.map((part, i) => (
          <li key={i} className={isChanged(part) ? 'changed' : undefined}>
            <Step of={part} before={wasOf(part)} />
          </li>
        ))}
      </ul>
      {shown.length < parts.length && (
        <button type="button" className="quiet" onClick={() => setAll(true)}>
          {words.t('why.all', { n: parts.length })}
        </button>
      )}
    </section>
  );
}

export function Missing({ missing }) {
  const { t } = useWords();
  return (
    <section className="notice notice-warn">
      <h3>{t('why.missing')}</h3>
      <ul className="why-parts">{missing.map((item, i) => <li key={i}><Step of={item} /></li>)}</ul>
    </section>
  );
}

export function Rows({ rows }) {
  const { t, exact, day } = useWords();
  return (
    <section>
      <h3>{t('why.rows')}</h3>
      {rows.map((row) => (
        <article key={row.code} className="source-row">
          <p>
            <strong>{exact(row.value)} {unitText(row.unit)}</strong>{' '}
            <VerifiedBadge value={row.verified} isDisputed={row.is_disputed} />
          </p>
          <p>{row.document || t('why.noDocument')}</p>
          <p className="soft">
            {row.valid_to ? t('why.validUntil', { from: day(row.valid_from), to: day(row.valid_to) })
              : t('why.validFrom', { from: day(row.valid_from) })}
          </p>
          {row.source && <p className="soft">{t('why.source')}: {row.source}</p>}
          {row.note && <p className="soft">{row.note}</p>}
          <p className="soft">
            {pageOf(row.href) ? <Link to={pageOf(row.href)}>{row.code}</Link> : row.code}
          </p>
        </article>
      ))}
    </section>
  );
}

/* ---- the revisions of a bill: the one that was sent out is never changed ---- */

function Revision({ bill, isOpen }) {
  const { t, moneyMinor, time } = useWords();
  const { open } = useTrail();
  const body = (
    <>
      <span className="why-label">
        {t('bill.revisionOf', { n: bill.revision })} <StateBadge value={bill.state} />
        <span className="soft block">{t('bill.asKnown')} {time(bill.as_known)}</span>
        {bill.reason && <span className="soft block">{bill.reason}</span>}
      </span>
      <span className="why-value">{moneyMinor(bill.total, bill.currency)}</span>
      <span className="why-go" aria-hidden="true">{isOpen ? '' : '›'}</span>
    </>
  );
  return isOpen ? <div className="why-step" aria-current="true">{body}</div> : (
    <button type="button" className="why-step" onClick={() => open(question({ bill: bill.id }))}>
      {body}
    </button>
  );
}

export function BillRevisions({ id }) {
  const { t } = useWords();
  const bill = useGet(`/api/v1/core/bills/${id}`);
  const { series, period_from: from } = bill.data ?? {};
  const all = useGet(series ? url('/api/v1/core/bills', { series, period_from: from, limit: 50 })
    : null);
  const list = [...(all.data?.items ?? [])].sort((a, b) => b.revision - a.revision);
  if (list.length < 2) return null;
  return (
    <section>
      <h3>{t('bill.revisions')}</h3>
      <ul className="why-parts">
        {list.map((one) => (
          <li key={one.id}><Revision bill={one} isOpen={String(one.id) === String(id)} /></li>
        ))}
      </ul>
    </section>
  );
}

/* ---- who changed what ---- */

/* The record whose versions an answer tells: {type: "core.bill", id}. */
function recordOf(about, why) {
  const asked = new URLSearchParams(about);
  if (asked.get('record')) return { type: asked.get('record'), id: asked.get('id') };
  if (asked.get('bill')) return { type: 'core.bill', id: asked.get('bill') };
  if (asked.get('dated')) {
    return { type: 'core.dated', id: why.rows?.[0]?.href?.split('/').pop() };
  }
  return why.series ? { type: 'core.series', id: why.series.id } : null;
}

export function Changes({ about, why }) {
  const { t } = useWords();
  const meta = useMeta();
  const [isOpen, setOpen] = useState(false);
  const record = recordOf(about, why);
  const [room, name] = record?.type.split('.') ?? [];
  const type = meta.data?.rooms.find((one) => one.name === room)?.records
    ?.find((one) => one.name === name);
  if (!type || !record.id) return null;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('why.versionsOf', { n: why.versions.length })}</summary>
      {isOpen && <History type={type} record={record} />}
    </details>
  );
}

/* Everything that a record says of itself, for whoever wants more than the number. */
export function RecordLink({ about, why }) {
  const meta = useMeta();
  const { t } = useWords();
  const record = recordOf(about, why);
  const [room, name] = record?.type.split('.') ?? [];
  const type = meta.data?.rooms.find((one) => one.name === room)?.records
    ?.find((one) => one.name === name);
  if (!type || !record.id) return null;
  const page = record.type === 'core.series' && why.series?.code ? `/meter/${why.series.code}`
    : pageOf(`${type.path}/${record.id}`);
  return <Link className="button" to={page}>{t('why.record')}</Link>;
}
