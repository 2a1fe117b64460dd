/* form.jsx: a form drawn from a record type's fields and parts. What is typed is kept on this device
 * until it is saved, so a lost network loses nothing. Errors stand in a summary at the top and
 * beside the field they name; somebody else's change in between is told, never overwritten. */
import { useEffect, useRef, useState } from 'react';
import { ask } from '../api.js';
import { useWords } from '../i18n/index.js';
import { go } from '../route.jsx';
import { useTitle } from '../ui/hooks.js';
import { problemText, sentence } from '../ui/state.jsx';
import { Field, editOf, valueOf } from './field.jsx';
import { forget } from './ref.jsx';
import { hrefOfType } from './records.jsx';
import { titleOf } from './value.jsx';

export const isEditable = (field) => !field.read_only && !field.computed;

function emptyRow(fields, lang) {
  return Object.fromEntries(fields.map((field) => [field.name, editOf(field, null, lang)]));
}

function editsOf(type, record, lang) {
  const edits = {};
  for (const field of type.fields.filter(isEditable)) {
    edits[field.name] = editOf(field, record?.[field.name], lang);
  }
  for (const part of type.parts ?? []) {
    edits[part.name] = (record?.[part.name] ?? []).map((row) => Object.fromEntries(
      part.fields.map((field) => [field.name, editOf(field, row[field.name], lang)])));
  }
  return edits;
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/* {body, errors}: what changed, as the API takes it. Errors are keyed "field" or "part[0].field". */
function bodyOf(type, edits, first, isNew, words) {
  const { t, lang } = words;
  const body = {};
  const errors = {};
  const take = (field, edit, key, into) => {
    const { value, error } = valueOf(field, edit, lang);
    if (error) errors[key] = t(error);
    else if (value === null && field.required) errors[key] = t('form.missing');
    into[field.name] = value;
  };
  for (const field of type.fields.filter(isEditable)) {
    if (isNew ? !same(edits[field.name], first[field.name]) || field.required
      : !same(edits[field.name], first[field.name])) {
      take(field, edits[field.name], field.name, body);
    }
  }
  for (const part of type.parts ?? []) {
    if (same(edits[part.name], first[part.name])) continue;
    body[part.name] = edits[part.name].map((row, i) => {
      const out = {};
      for (const field of part.fields.filter(isEditable)) {
        take(field, row[field.name], `${part.name}[${i}].${field.name}`, out);
      }
      return out;
    });
  }
  return { body, errors };
}

/* Which field a refusal names: "kind", or "terms[2].amount" in its sentence. */
export function errorsOf(problem, type, words) {
  const text = words.lang === 'en' && problem.detail ? sentence(problem.detail)
    : [problemText(problem, words), problem.limit
      && words.t('form.limit', { limit: problem.limit, unit: problem.unit ?? '' })]
      .filter(Boolean).join(' ');
  const row = /^([a-z_]+\[\d+\])\.?/.exec(problem.detail ?? '');
  const name = problem.field ?? '';
  if (row && name && !name.includes('[')) return { [`${row[1]}.${name}`]: text };
  return name ? { [name]: text } : {};
}

function labelOf(type, key, pick) {
  const at = /^(\w+)\[(\d+)\]\.(\w+)$/.exec(key);
  if (!at) return pick(type.fields.find((field) => field.name === key), 'label') || key;
  const part = type.parts?.find((item) => item.name === at[1]);
  return `${pick(part, 'label')} ${Number(at[2]) + 1}: ${
    pick(part?.fields.find((field) => field.name === at[3]), 'label')}`;
}

function Summary({ type, errors, problem, onReload }) {
  const words = useWords();
  const { t, pick } = words;
  const ref = useRef(null);
  useEffect(() => { ref.current?.focus(); }, [errors, problem]);
  const named = Object.entries(errors);
  const focusField = (key) => document
    .querySelector(`[data-key="${CSS.escape(key)}"] :is(input, select, textarea)`)?.focus();
  const isConflict = problem?.status === 412;
  return (
    <div className="notice notice-warn" role="alert" tabIndex={-1} ref={ref}>
      <h2>{t(isConflict ? 'form.conflict' : 'form.wrong')}</h2>
      {isConflict && (
        <>
          <p>{t('form.conflictHow')}</p>
          <button type="button" onClick={onReload}>{t('form.reload')}</button>
        </>
      )}
      {!isConflict && named.length > 0 && (
        <ul>
          {named.map(([key, text]) => (
            <li key={key}>
              <button type="button" className="link" onClick={() => focusField(key)}>
                {labelOf(type, key, pick)}
              </button>: {text}
            </li>
          ))}
        </ul>
      )}
      {!isConflict && problem && named.length === 0 && <p>{problemText(problem, words)}</p>}
      {!isConflict && problem?.detail && words.lang !== 'en'
        && <p className="soft" lang="en">{sentence(problem.detail)}</p>}
    </div>
  );
}

function Part({ part, rows, errors, onChange }) {
  const { t, pick, lang } = useWords();
  const label = pick(part, 'label') || part.name;
  const put = (i, name, value) => onChange(rows.map((row, n) => (
    n === i ? { ...row, [name]: value } : row)));
  return (
    <fieldset className="part">
      <legend>{label}</legend>
      {rows.map((row, i) => (
        <div key={i} className="part-row" role="group" aria-label={`${label} ${i + 1}`}>
          {part.fields.filter(isEditable).map((field) => {
            const key = `${part.name}[${i}].${field.name}`;
            return (
              <div key={field.name} data-key={key}>
                <Field field={field} edit={row[field.name]} isCompact error={errors[key]}
                  onChange={(value) => put(i, field.name, value)} />
              </div>
            );
          })}
          <button type="button" onClick={() => onChange(rows.filter((_, n) => n !== i))}
            aria-label={t('form.removeRow', { n: i + 1, part: label })}>
            {t('form.remove')}
          </button>
        </div>
      ))}
      <button type="button" disabled={rows.length >= (part.rows_max || 1000)}
        onClick={() => onChange([...rows, emptyRow(part.fields, lang)])}>
        {t('form.addRow', { part: label.toLowerCase() })}
      </button>
    </fieldset>
  );
}

/* What was typed and not saved, by address. */
function draftKey(type, record) { return `draft:${type.path}/${record?.id ?? 'new'}`; }
function readDraft(key, version) {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return draft && draft.version === version ? draft.edits : null;
  } catch {
    return null;
  }
}

function useEdits(type, record, lang) {
  const key = draftKey(type, record);
  const first = useRef(null);
  if (first.current === null) first.current = editsOf(type, record, lang);
  const draft = useRef(readDraft(key, record?.version ?? 0));
  const [edits, setEdits] = useState(() => ({ ...first.current, ...draft.current }));
  const [isRestored, setRestored] = useState(Boolean(draft.current));
  const change = (name, value) => setEdits((old) => {
    const now = { ...old, [name]: value };
    localStorage.setItem(key, JSON.stringify({ version: record?.version ?? 0, edits: now }));
    return now;
  });
  const forgetDraft = () => localStorage.removeItem(key);
  const discard = () => { forgetDraft(); setEdits(first.current); setRestored(false); };
  return { first: first.current, edits, change, isRestored, discard, forgetDraft };
}

export function RecordForm({ type, record, etag, onSaved, onReload, onCancel }) {
  const words = useWords();
  const { t, pick, lang } = words;
  const form = useEdits(type, record, lang);
  const [state, setState] = useState({ errors: {} });
  const title = record ? t('form.edit', { title: titleOf(type, record) })
    : t('form.new', { type: (pick(type, 'label') || type.name).toLowerCase() });
  useTitle(title);
  const save = async (event) => {
    event.preventDefault();
    const { body, errors } = bodyOf(type, form.edits, form.first, !record, words);
    if (Object.keys(errors).length) {
      setState({ errors });
      return;
    }
    setState({ errors: {}, isBusy: true });
    try {
      const { data } = record
        ? await ask('PATCH', `${type.path}/${record.id}`, body, { 'If-Match': etag })
        : await ask('POST', type.path, body);
      form.forgetDraft();
      forget(type.path);
      if (onSaved) onSaved(data);
      else go(hrefOfType(type, data.id));
    } catch (problem) {
      setState({ problem, errors: errorsOf(problem, type, words) });
    }
  };
  const hasErrors = state.problem || Object.keys(state.errors).length > 0;
  return (
    <form className="record-form panel" onSubmit={save} noValidate>
      <h1>{title}</h1>
      {!record && pick(type, 'help') && <p className="lead">{pick(type, 'help')}</p>}
      {form.isRestored && (
        <div className="notice" role="status">
          <p>{t('form.restored')}</p>
          <button type="button" onClick={form.discard}>{t('form.discard')}</button>
        </div>
      )}
      {hasErrors && <Summary type={type} errors={state.errors} problem={state.problem}
        onReload={() => { form.forgetDraft(); onReload?.(); }} />}
      {type.fields.filter(isEditable).map((field) => (
        <div key={field.name} data-key={field.name}>
          <Field field={field} edit={form.edits[field.name]} error={state.errors[field.name]}
            editLabel={record && form.edits[field.name] === record[field.name]
              ? record[`${field.name}_label`] : undefined}
            onChange={(value) => form.change(field.name, value)} />
        </div>
      ))}
      {(type.parts ?? []).map((part) => (
        <Part key={part.name} part={part} rows={form.edits[part.name]} errors={state.errors}
          onChange={(rows) => form.change(part.name, rows)} />
      ))}
      <div className="actions">
        <button type="submit" className="primary" disabled={state.isBusy}>{t('form.save')}</button>
        {onCancel && <button type="button" onClick={onCancel}>{t('form.cancel')}</button>}
      </div>
    </form>
  );
}
