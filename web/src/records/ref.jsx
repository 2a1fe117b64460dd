/* ref.jsx: a box that finds another record by its code or name, without regard to diacritics: a
 * combobox with a list, as the ARIA practices describe it. */
import { useEffect, useId, useRef, useState } from 'react';
import { getAll, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { fold } from '../ui/fold.js';

const SHOWN = 12;

/* Everything of a type that one may refer to: [{id, text, key}], asked for once while a page lives. */
const known = new Map();
async function load(path) {
  const { items } = await getAll(path);
  return items.map((item) => {
    const name = item.name ?? item.title ?? item.number ?? item.statement ?? item.item ?? '';
    const text = [name, item.code].filter(Boolean).join(' · ') || `#${item.id}`;
    return { id: item.id, text, key: fold(text) };
  });
}

export function forget(path) { known.delete(path); }

function useOptions(path, isWanted) {
  const [options, setOptions] = useState(null);
  useEffect(() => {
    if (!isWanted || !path) return undefined;
    let isCurrent = true;
    if (!known.has(path)) known.set(path, load(path));
    known.get(path).then(
      (all) => isCurrent && setOptions(all),
      () => { known.delete(path); if (isCurrent) setOptions([]); },
    );
    return () => { isCurrent = false; };
  }, [path, isWanted]);
  return options;
}

function best(options, wanted) {
  const key = fold(wanted);
  const starts = options.filter((option) => option.key.startsWith(key));
  const holds = options.filter((option) => !option.key.startsWith(key) && option.key.includes(key));
  return [...starts, ...holds].slice(0, SHOWN);
}

export function RefBox({ label, field, value, valueLabel, onChange, invalid, describedBy, id }) {
  const { t } = useWords();
  const own = useId();
  const inputId = id ?? own;
  const path = field.ref?.path;
  const [text, setText] = useState(null);
  const [picked, setPicked] = useState(null);
  const knownLabel = valueLabel ?? (picked && String(picked.id) === String(value) ? picked.text : null);
  const chosen = useGet(value && !knownLabel && path ? `${path}/${value}` : null);
  const [at, setAt] = useState(0);
  const box = useRef(null);
  const isOpen = text !== null;
  const options = useOptions(path, isOpen);
  const found = isOpen && options ? best(options, text) : [];
  const shown = knownLabel ?? chosen.data?.name ?? chosen.data?.title ?? chosen.data?.number
    ?? chosen.data?.code ?? (value ? `#${value}` : '');
  const choose = (option) => {
    setPicked(option);
    onChange(option ? option.id : null);
    setText(null);
  };
  const onKeyDown = (event) => {
    if (event.key === 'Escape' && isOpen) { event.preventDefault(); setText(null); return; }
    if (!found.length) return;
    if (event.key === 'ArrowDown') setAt((at + 1) % found.length);
    else if (event.key === 'ArrowUp') setAt((at + found.length - 1) % found.length);
    else if (event.key === 'Enter') choose(found[at] ?? found[0]);
    else return;
    event.preventDefault();
  };
  const onBlur = (event) => {
    if (box.current.contains(event.relatedTarget)) return;
    if (text === '') choose(null);
    setText(null);
  };
  return (
    <div className="combo" ref={box} onBlur={onBlur}>
      {label && <label htmlFor={inputId}>{label}</label>}
      <input id={inputId} role="combobox" autoComplete="off" aria-expanded={isOpen}
        aria-controls={`${inputId}-list`} aria-autocomplete="list" aria-invalid={invalid || undefined}
        aria-describedby={describedBy} placeholder={t('form.searchRef')}
        aria-activedescendant={found.length ? `${inputId}-${at}` : undefined}
        value={text ?? shown} onKeyDown={onKeyDown}
        onChange={(event) => { setText(event.target.value); setAt(0); }} />
      <ul id={`${inputId}-list`} role="listbox" aria-label={label ?? t('form.searchRef')}
        hidden={!isOpen}>
        {isOpen && !options && <li role="option" aria-selected="false">{t('state.loading')}</li>}
        {isOpen && options && !found.length
          && <li role="option" aria-selected="false">{t('records.notFound')}</li>}
        {found.map((option, i) => (
          <li key={option.id} id={`${inputId}-${i}`} role="option" aria-selected={i === at}
            onPointerDown={(event) => { event.preventDefault(); choose(option); }}>
            {option.text}
          </li>
        ))}
      </ul>
    </div>
  );
}
