/* search.jsx: finds a province, ward or commune by its name, with or without its marks; Enter goes
 * there. "/" comes here from anywhere. The units are asked for when somebody first comes. */
import { useEffect, useId, useRef, useState } from 'react';
import { getAll } from '../api.js';
import { useWords } from '../i18n/index.js';
import { go, hrefOf } from '../route.jsx';
import { fold } from '../ui/fold.js';

const SHOWN = 8;
const KINDS = ['province', 'ward', 'commune', 'special_zone'];

/* What comes before a name ("Phường", "Thành phố") is not what people type first. */
const TITLE = /^(phuong|xa|thanh pho|tinh|dac khu) /;

let known = null;
async function load() {
  const lists = await Promise.all(KINDS.map((kind) => getAll('/api/v1/core/places', { kind })));
  return lists.flatMap(({ items }) => items).map((place) => {
    const key = fold(place.name);
    return { ...place, key, bare: key.replace(TITLE, ''), keyEn: fold(place.name_en) };
  });
}

function useUnits(isWanted) {
  const [units, setUnits] = useState(null);
  useEffect(() => {
    if (!isWanted) return;
    known ??= load();
    known.then(setUnits, () => { known = null; setUnits([]); });
  }, [isWanted]);
  return units;
}

/* The whole name, then how it begins, then where it is held. */
function rankOf(unit, wanted) {
  if (unit.bare === wanted || unit.key === wanted) return 0;
  if (unit.bare.startsWith(wanted)) return 1;
  if (unit.key.startsWith(wanted) || unit.keyEn.startsWith(wanted)) return 2;
  return unit.key.includes(wanted) || unit.keyEn.includes(wanted) ? 3 : 9;
}

export function findUnits(units, text) {
  const wanted = fold(text).trim();
  if (!wanted) return [];
  return units.map((unit) => ({ unit, rank: rankOf(unit, wanted) })).filter(({ rank }) => rank < 9)
    .sort((a, b) => a.rank - b.rank).slice(0, SHOWN).map(({ unit }) => unit);
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

function Found({ id, units, found, text, at, onChoose }) {
  const { t, lang } = useWords();
  const isOpen = text.trim() !== '';
  return (
    <ul id={id} role="listbox" aria-label={t('search.places')} hidden={!isOpen}>
      {isOpen && !units && <li role="option" aria-selected="false">{t('state.loading')}</li>}
      {isOpen && units && !found.length
        && <li role="option" aria-selected="false">{t('search.none')}</li>}
      {found.map((unit, i) => (
        <li key={unit.id} id={`${id}-${i}`} role="option" aria-selected={i === at}
          onPointerDown={(event) => { event.preventDefault(); onChoose(unit); }}>
          {(lang === 'en' && unit.name_en) || unit.name}
          {unit.kind !== 'province' && <span className="soft"> · {unit.parent_label}</span>}
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
  const [isNear, setNear] = useState(false);
  const units = useUnits(isNear);
  useSlash(input);
  const found = units ? findUnits(units, text) : [];
  const choose = (unit) => {
    setText('');
    input.current.blur();
    go(hrefOf(['place', unit.code]));
    onGone?.();
  };
  const keys = {
    ArrowDown: () => setAt((at + 1) % Math.max(1, found.length)),
    ArrowUp: () => setAt((at + found.length - 1) % Math.max(1, found.length)),
    Enter: () => found.length && choose(found[at] ?? found[0]),
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
        aria-activedescendant={found.length ? `${id}-list-${at}` : undefined}
        aria-keyshortcuts="/" placeholder={t('search.places')} value={text} onKeyDown={onKeyDown}
        onFocus={() => setNear(true)} onBlur={() => setText('')}
        onChange={(event) => { setText(event.target.value); setAt(0); }} />
      <Found {...{ units, found, text, at }} id={`${id}-list`} onChoose={choose} />
    </div>
  );
}
