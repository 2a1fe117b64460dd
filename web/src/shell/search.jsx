/* search.jsx: finds a province, ward, commune or site by its name, with or without its marks; Enter
 * goes there. "/" comes here from anywhere. The server looks, as soon as somebody stops typing. */
import { useEffect, useId, useRef, useState } from 'react';
import { get, url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { go, hrefOf } from '../route.jsx';

const PAUSE_MS = 120;
const find = async (path) => ({ path, ...await get(path) });

/* What was found for what is typed; until it is known `found` is null, and what was found before stands. */
function useFound(text) {
  const [wanted, setWanted] = useState('');
  const typed = text.trim();
  useEffect(() => {
    const timer = setTimeout(() => setWanted(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const path = wanted ? url('/api/v1/places/search', { q: wanted }) : null;
  const { data, error } = useGet(path, find);
  const isKnown = wanted === typed && (error || data?.path === path);
  const found = isKnown ? data?.items ?? [] : null;
  return { found, shown: typed ? found ?? data?.items ?? null : null };
}

const isTyping = ({ tagName, isContentEditable }) => isContentEditable
  || ['INPUT', 'TEXTAREA', 'SELECT'].includes(tagName);

/* "/" anywhere but where one types. */
function useSlash(input) {
  useEffect(() => {
    const onKey = (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [input]);
}

function Found({ id, found, text, at, onChoose }) {
  const { t, lang } = useWords();
  const isOpen = text.trim() !== '';
  return (
    <ul id={id} role="listbox" aria-label={t('search.places')} hidden={!isOpen}>
      {isOpen && !found && <li role="option" aria-selected="false">{t('state.loading')}</li>}
      {isOpen && found?.length === 0
        && <li role="option" aria-selected="false">{t('search.none')}</li>}
      {isOpen && found?.map((unit, i) => (
        <li key={unit.id} id={`${id}-${i}`} role="option" aria-selected={i === at}
          onPointerDown={(event) => { event.preventDefault(); onChoose(unit); }}>
          {(lang === 'en' && unit.name_en) || unit.name}
          {unit.kind !== 'province' && <span className="soft"> · {(lang === 'en' && unit.parent_name_en) || unit.parent_name}</span>}
        </li>
      ))}
    </ul>
  );
}

export function PlaceSearch({ onGone }) {
  const { t } = useWords();
  const id = useId();
  const input = useRef(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const { found, shown } = useFound(text);
  const count = shown?.length ?? 0;
  const enter = useRef(false);
  useSlash(input);
  const choose = (unit) => {
    setText('');
    input.current.blur();
    go(hrefOf(['place', unit.code]));
    onGone?.();
  };
  useEffect(() => { /* Enter came before the answer */
    if (enter.current && found?.length) {
      enter.current = false;
      choose(found[0]);
    }
  });
  const keys = {
    ArrowDown: () => setAt((at + 1) % Math.max(1, count)),
    ArrowUp: () => setAt((at + count - 1) % Math.max(1, count)),
    Enter: () => { if (found?.length) choose(found[at] ?? found[0]); else enter.current = !found; },
    Escape: () => { if (text) setText(''); else input.current.blur(); },
  };
  const onKeyDown = (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  };
  return (
    <div className="combo place-search">
      <input ref={input} role="combobox" autoComplete="off" aria-label={t('search.places')}
        aria-expanded={text.trim() !== ''} aria-controls={`${id}-list`} aria-autocomplete="list"
        aria-activedescendant={count ? `${id}-list-${at}` : undefined}
        aria-keyshortcuts="/" placeholder={t('search.places')} value={text} onKeyDown={onKeyDown}
        onBlur={() => setText('')}
        onChange={(event) => { enter.current = false; setText(event.target.value); setAt(0); }} />
      <Found {...{ found: shown, text, at }} id={`${id}-list`} onChoose={choose} />
    </div>
  );
}
