/* list.jsx: a list of records: its `list` fields as columns, filters on indexed fields, a search
 * over what is shown that ignores diacritics, sorting, the next page, files in and out. */
import { useState } from 'react';
import { download, getAll, url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, set } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { fold } from '../ui/fold.js';
import { useCalm, useTitle } from '../ui/hooks.js';
import { Answer, Empty, ErrorBox } from '../ui/state.jsx';
import { RefBox } from './ref.jsx';
import { hrefOfType } from './records.jsx';
import { Upload } from './upload.jsx';
import { Value, isNumeric, plainValue, titleOf } from './value.jsx';

const PAGE = 100;
const FOUND_MOST = 200;
const SEARCH_WAIT_MS = 250;

/* Of the page, not of the list. */
const KNOWN = new Set(['lang', 'as', 'after', 'why', 'edit', 'sort']);

/* What the URL may filter by: choices, references, states and codes that the server has indexed. */
function filtersOf(type) {
  return type.fields.filter((field) => (field.indexed || field.unique)
    && ['choice', 'ref', 'day'].includes(field.type) && !field.computed);
}

function Filter({ field, value }) {
  const { t, pick } = useWords();
  const label = pick(field, 'label');
  const change = (text) => set({ [field.name]: text, after: '' });
  if (field.type === 'choice') {
    return (
      <label>
        <span>{label}</span>
        <select value={value ?? ''} onChange={(event) => change(event.target.value)}>
          <option value="">{t('records.all')}</option>
          {field.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>{pick(choice, 'label')}</option>
          ))}
        </select>
      </label>
    );
  }
  if (field.type === 'ref') {
    return <RefBox label={label} field={field} value={value ?? null} onChange={(id) => change(id)} />;
  }
  return (
    <label>
      <span>{label}</span>
      <input type="date" value={value ?? ''} onChange={(event) => change(event.target.value)} />
    </label>
  );
}

function Filters({ type, query }) {
  const { t, term } = useWords();
  const fields = filtersOf(type);
  const isSet = fields.some((field) => query[field.name]) || query.state;
  if (!fields.length && !type.states?.length) return null;
  return (
    <details className="filters no-print" open={Boolean(isSet)}>
      <summary>{t('records.filters')}</summary>
      <div className="filter-grid">
        {type.states?.length > 0 && (
          <label>
            <span>{t('records.state')}</span>
            <select value={query.state ?? ''}
              onChange={(event) => set({ state: event.target.value, after: '' })}>
              <option value="">{t('records.all')}</option>
              {type.states.map((state) => (
                <option key={state} value={state}>{term('state', state)}</option>
              ))}
            </select>
          </label>
        )}
        {fields.map((field) => (
          <Filter key={field.name} field={field} value={query[field.name]} />
        ))}
      </div>
    </details>
  );
}

function HeadCell({ field, sort }) {
  const { t, pick } = useWords();
  const label = pick(field, 'label');
  const isSortable = (field.indexed || field.unique) && field.type !== 'dec' && !field.computed;
  const direction = sort === field.name ? 'ascending'
    : sort === `-${field.name}` ? 'descending' : undefined;
  const className = isNumeric(field) ? 'num' : undefined;
  if (!isSortable) return <th className={className}>{label}</th>;
  const next = direction === 'ascending' ? `-${field.name}` : field.name;
  return (
    <th className={className} aria-sort={direction}>
      <button type="button" className="sort" onClick={() => set({ sort: next, after: '' })}
        title={t('records.sort')}>
        {label}
        <span aria-hidden="true">{{ ascending: ' ↑', descending: ' ↓' }[direction] ?? ''}</span>
      </button>
    </th>
  );
}

function Table({ type, items, sort }) {
  const { t, pick } = useWords();
  let columns = type.fields.filter((field) => field.list);
  if (!columns.length) columns = type.fields.slice(0, 4);
  const first = columns.findIndex((field) => field.name === type.title_field);
  const linked = first < 0 ? 0 : first;
  return (
    <div className="panel"><div className="scroll" tabIndex={0} role="region"
      aria-label={pick(type, 'plural')}>
      <table>
        <thead>
          <tr>
            {columns.map((field) => <HeadCell key={field.name} field={field} sort={sort} />)}
            {type.states?.length > 0 && <th>{t('records.state')}</th>}
          </tr>
        </thead>
        <tbody>
          {items.map((record) => (
            <tr key={record.id}>
              {columns.map((field, i) => (
                <td key={field.name} className={isNumeric(field) ? 'num' : undefined}>
                  {i === linked ? (
                    <Link to={hrefOfType(type, record.id)}>
                      {titleIn(type, field, record)}
                    </Link>
                  ) : <Value field={field} record={record} />}
                </td>
              ))}
              {type.states?.length > 0 && <td><StateBadge value={record.state} /></td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div></div>
  );
}

const titleIn = (type, field, record) => record[`${field.name}_label`] ?? record[field.name]
  ?? titleOf(type, record);

function Files({ type, query }) {
  const { t } = useWords();
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState(null);
  const asked = new URLSearchParams(
    Object.entries(query).filter(([name]) => !KNOWN.has(name) || name === 'sort'));
  const tail = asked.toString() ? `?${asked}` : '';
  return (
    <div className="files no-print">
      {['csv', 'xlsx'].map((ending) => (
        <button key={ending} type="button"
          onClick={() => download(`${type.path}.${ending}${tail}`, `${type.plural}.${ending}`)
            .catch(setProblem)}>
          {ending.toUpperCase()}
        </button>
      ))}
      {problem && <ErrorBox problem={problem} />}
      {type.may?.write !== 'not' && (
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t('records.upload')}
        </button>
      )}
      {isOpen && <Upload type={type} />}
    </div>
  );
}

/* What is found among all records that the filters leave; null while nothing is searched for. */
function useFound(type, filters, wanted, words) {
  const calm = useCalm(wanted.trim(), SEARCH_WAIT_MS);
  const all = useGet(calm ? url(type.path, filters) : null,
    () => getAll(type.path, filters));
  if (!calm) return null;
  const shows = (record) => fold([...type.fields.filter((field) => field.list || field.unique)
    .map((field) => plainValue(field, record, words)), record.state].join(' ')).includes(fold(calm));
  return { ...all, data: all.data && { items: all.data.items.filter(shows), next: null } };
}

function Shown({ type, data, query, isSearch }) {
  const { t } = useWords();
  if (!data.items.length) {
    return isSearch ? <p className="empty">{t('records.notFound')}</p>
      : <Empty title={t('records.none')}><p>{t('records.noneHow')}</p></Empty>;
  }
  const items = data.items.slice(0, FOUND_MOST);
  return (
    <>
      <p className="soft" role="status">
        {t(isSearch ? 'records.found' : 'records.shown', { n: data.items.length })}
        {items.length < data.items.length && ` ${t('records.foundFirst', { n: items.length })}`}
      </p>
      <Table type={type} items={items} sort={query.sort} />
      <div className="pager no-print">
        {query.after && !isSearch && <button type="button" onClick={() => set({ after: '' })}>
          {t('records.first')}</button>}
        {data.next && <button type="button" onClick={() => set({ after: data.next })}>
          {t('records.next')}</button>}
      </div>
    </>
  );
}

export function RecordList({ type, view }) {
  const words = useWords();
  const { t, pick } = words;
  const { query } = view;
  const [wanted, setWanted] = useState('');
  useTitle(pick(type, 'plural'));
  const filters = Object.fromEntries(Object.entries(query).filter(([name]) => !KNOWN.has(name)));
  const list = useGet(url(type.path, {
    ...filters, sort: query.sort, after: query.after, limit: PAGE,
  }));
  const found = useFound(type, filters, wanted, words);
  return (
    <>
      <div className="page-head">
        <p className="crumbs"><Link to={hrefOf(['records'])}>{t('nav.records')}</Link></p>
        <h1>{pick(type, 'plural') || type.plural}</h1>
        {pick(type, 'help') && <p className="lead">{pick(type, 'help')}</p>}
      </div>
      <div className="toolbar">
        <label className="search">
          <span className="hidden">{t('records.search')}</span>
          <input type="search" placeholder={t('records.search')} value={wanted}
            onChange={(event) => setWanted(event.target.value)} />
        </label>
        {type.may?.write !== 'not' && (
          <Link className="button primary" to={hrefOfType(type, 'new')}>{t('records.new')}</Link>
        )}
        <Files type={type} query={query} />
      </div>
      <Filters type={type} query={query} />
      <Answer of={found ?? list} tall>{(data) => (
        <Shown {...{ type, data, query }} isSearch={Boolean(found)} />
      )}</Answer>
    </>
  );
}
