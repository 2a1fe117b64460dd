/* field.jsx: one field of a form: its label, help, limits, control and what was wrong with it. */
import { useId } from 'react';
import { useWords } from '../i18n/index.js';
import { editText, parseNumber } from '../ui/parse.js';
import { unitWord } from '../ui/number.jsx';
import { RefBox } from './ref.jsx';

const NUMBERS = ['int', 'real', 'dec', 'money'];

/* "2026-11-21T08:00" of the reader's clock, from an instant and back. */
function toLocalInput(text) {
  if (!text) return '';
  const at = new Date(text);
  return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

/* What the form holds of a value: texts, as they are typed. */
export function editOf(field, value, lang) {
  if (field.type === 'bool') return value === null || value === undefined ? '' : String(value);
  if (NUMBERS.includes(field.type)) return editText(value, lang);
  if (field.type === 'time') return toLocalInput(value);
  return value ?? (field.type === 'ref' ? null : '');
}

/* What the API takes: {value} or {error}. Numbers keep the digits that were typed. */
export function valueOf(field, edit, lang) {
  if (edit === '' || edit === null || edit === undefined) return { value: null };
  if (field.type === 'bool') return { value: edit === 'true' };
  if (NUMBERS.includes(field.type)) {
    const text = parseNumber(edit, lang);
    if (text === null) return { error: 'form.notNumber' };
    return { value: field.type === 'dec' ? text : Number(text) };
  }
  if (field.type === 'time') return { value: new Date(edit).toISOString() };
  if (field.type === 'ref') return { value: Number(edit) };
  return { value: edit };
}

function limitsText(field, words) {
  const { t, exact } = words;
  const hasLimits = NUMBERS.includes(field.type) && (field.min || field.max)
    && Math.abs(field.max ?? 0) < 1e9;
  const parts = [];
  if (hasLimits) parts.push(t('form.range', { min: exact(field.min ?? 0), max: exact(field.max) }));
  if (field.unit && NUMBERS.includes(field.type)) parts.push(unitWord(field.unit, words));
  return parts.join(' ');
}

function Control({ field, edit, editLabel, onChange, aria }) {
  const { t, pick } = useWords();
  const onText = (event) => onChange(event.target.value);
  if (field.type === 'choice') {
    return (
      <select {...aria} value={edit ?? ''} onChange={onText}>
        <option value="">{t(field.required ? 'form.choose' : 'form.noChoice')}</option>
        {field.choices?.map((choice) => (
          <option key={choice.value} value={choice.value}>{pick(choice, 'label')}</option>
        ))}
      </select>
    );
  }
  if (field.type === 'bool') {
    return (
      <select {...aria} value={edit ?? ''} onChange={onText}>
        <option value="">{t('form.noChoice')}</option>
        <option value="true">{t('yes')}</option>
        <option value="false">{t('no')}</option>
      </select>
    );
  }
  if (field.type === 'ref') {
    return <RefBox field={field} value={edit} valueLabel={editLabel} id={aria.id}
      invalid={aria['aria-invalid']} describedBy={aria['aria-describedby']} onChange={onChange} />;
  }
  if (field.type === 'day') return <input {...aria} type="date" value={edit} onChange={onText} />;
  if (field.type === 'time') {
    return <input {...aria} type="datetime-local" value={edit} onChange={onText} />;
  }
  if (NUMBERS.includes(field.type)) {
    return <input {...aria} inputMode="decimal" value={edit} onChange={onText} className="short" />;
  }
  if (field.long) return <textarea {...aria} rows="4" value={edit} onChange={onText} />;
  return <input {...aria} value={edit} onChange={onText} maxLength={field.length_max || undefined} />;
}

export function Field({ field, edit, editLabel, onChange, error, isCompact }) {
  const words = useWords();
  const { t, pick } = words;
  const id = useId();
  const limits = limitsText(field, words);
  const help = [isCompact ? '' : pick(field, 'help'), limits].filter(Boolean).join(' ');
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ');
  const aria = {
    id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined,
    'aria-required': field.required || undefined,
  };
  return (
    <div className={error ? 'field field-wrong' : 'field'} data-field={field.name}>
      <label htmlFor={id}>
        {pick(field, 'label') || field.name}
        {field.required && <span className="soft"> ({t('form.required')})</span>}
      </label>
      {help && <p className="hint" id={`${id}-help`}>{help}</p>}
      {error && <p className="field-error" id={`${id}-error`}>{error}</p>}
      <Control {...{ field, edit, editLabel, onChange, aria }} />
    </div>
  );
}
