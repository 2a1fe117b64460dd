/* why.jsx: "Vì sao có số này?" One drawer for every number; what it shows is in the URL (?why=...),
 * so it can be shared and closed with Back. */
import { useEffect, useRef } from 'react';
import { useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, set, useView } from '../route.jsx';
import { VerifiedBadge } from './badge.jsx';
import { unitText } from './number.jsx';
import { qualityText } from './quality.jsx';
import { Answer } from './state.jsx';

/* A question for /api/v1/why, as the text that stands in the URL. */
export function question(values) {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') all.set(name, value);
  }
  return all.toString();
}

export function Why({ about, label }) {
  const { t } = useWords();
  return (
    <button type="button" className="why" onClick={() => set({ why: question(about) })}
      aria-label={label ? `${t('why.open')} ${label}` : t('why.open')} title={t('why.open')}>
      <span aria-hidden="true">?</span>
    </button>
  );
}

/* An address of the API as a page of ours, or nothing. */
export function pageOf(href) {
  if (!href) return null;
  const record = /^\/api\/v1\/([a-z_]+\/[a-z_]+\/\d+)$/.exec(href);
  if (record) return `/records/${record[1]}`;
  const series = /^\/api\/v1\/readings\?series=([^&]+)/.exec(href);
  if (series) return `/meter/${decodeURIComponent(series[1])}`;
  return href.startsWith('/') && !href.startsWith('/api/') ? href : null;
}

/* A part that has a reason of its own opens it in the drawer. */
function Label({ of }) {
  const { pick } = useWords();
  const text = of.label ?? pick(of, 'label');
  if (of.href?.startsWith('/api/v1/why?')) {
    return <button type="button" className="link" onClick={() => set({ why: of.href.slice(12) })}>
      {text}</button>;
  }
  const page = pageOf(of.href);
  return page ? <Link to={page}>{text}</Link> : text;
}

function Parts({ parts }) {
  const { t, exact } = useWords();
  return (
    <section>
      <h3>{t('why.parts')}</h3>
      <dl className="pairs">
        {parts.map((part, i) => (
          <div key={i}>
            <dt><Label of={part} /></dt>
            {part.value !== null && part.value !== undefined
              && <dd>{exact(part.value)} {unitText(part.unit)}</dd>}
          </div>
        ))}
      </dl>
    </section>
  );
}

function Missing({ missing }) {
  const { t } = useWords();
  return (
    <section className="notice notice-warn">
      <h3>{t('why.missing')}</h3>
      <ul>{missing.map((item, i) => <li key={i}><Label of={item} /></li>)}</ul>
    </section>
  );
}

function Rows({ rows }) {
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

const SHOWN_READINGS = 40;

function Readings({ readings, unit }) {
  const words = useWords();
  const { t, exact, time } = words;
  return (
    <section>
      <h3>{t('why.readings')}</h3>
      <div className="scroll" tabIndex={0} role="region" aria-label={t('why.readings')}>
        <table>
          <thead>
            <tr><th>{t('reading.time')}</th><th className="num">{t('reading.value')}</th>
              <th>{t('reading.quality')}</th></tr>
          </thead>
          <tbody>
            {readings.slice(0, SHOWN_READINGS).map((reading, i) => (
              <tr key={i} className={reading.in_force === false ? 'gone' : undefined}>
                <td>{time(reading.time)}</td>
                <td className="num">{exact(reading.value)} {unitText(reading.unit ?? unit)}</td>
                <td>{qualityText(reading, words)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {readings.length > SHOWN_READINGS
        && <p className="soft">{t('why.more', { n: readings.length - SHOWN_READINGS })}</p>}
    </section>
  );
}

function Versions({ versions }) {
  const { t, time, term } = useWords();
  return (
    <section>
      <h3>{t('why.versions')}</h3>
      <ol className="plain">
        {versions.map((version) => (
          <li key={version.version}>
            {t('why.version', { n: version.version })}: {term('verb', version.verb)},{' '}
            {time(version.at)} <span className="soft">({version.who})</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Body({ why }) {
  const words = useWords();
  const { pick, exact } = words;
  const has = (list) => Array.isArray(list) && list.length > 0;
  return (
    <>
      {why.value !== null && why.value !== undefined && (
        <p className="big">
          <span className="big-value">{exact(why.value)}</span>
          <span className="big-unit"> {unitText(why.unit)}</span>
        </p>
      )}
      {pick(why, 'formula') && <p className="formula">{pick(why, 'formula')}</p>}
      {has(why.missing) && <Missing missing={why.missing} />}
      {has(why.parts) && <Parts parts={why.parts} />}
      {has(why.rows) && <Rows rows={why.rows} />}
      {has(why.versions) && <Versions versions={why.versions} />}
      {has(why.readings) && <Readings readings={why.readings} unit={why.unit} />}
    </>
  );
}

export function WhyDrawer() {
  const { query } = useView();
  const { t, pick } = useWords();
  const about = query.why ?? '';
  const answer = useGet(about ? `/api/v1/why?${about}` : null);
  const dialog = useRef(null);
  useEffect(() => {
    if (about && !dialog.current.open) dialog.current.showModal();
    if (!about && dialog.current.open) dialog.current.close();
  }, [about]);
  const close = () => { if (about) set({ why: '' }); };
  return (
    <dialog ref={dialog} className="drawer" onClose={close} aria-labelledby="why-title"
      onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <div className="drawer-body">
        <div className="drawer-head">
          <p className="soft">{t('why.open')}</p>
          <button type="button" onClick={() => dialog.current.close()} aria-label={t('why.close')}>
            <span aria-hidden="true">✕</span>
          </button>
        </div>
        <h2 id="why-title">{pick(answer.data, 'title') || t('why.open')}</h2>
        {about && <Answer of={answer} tall>{(why) => <Body why={why} />}</Answer>}
      </div>
    </dialog>
  );
}
