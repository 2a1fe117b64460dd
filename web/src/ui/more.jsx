/* more.jsx: the first rows of a long list, and a button for the rest. On paper all that is open. */
import { useState } from 'react';
import { useWords } from '../i18n/index.js';

/* {shown, more}: the rows to show, and the button below them (null when nothing is left out). */
export function useFirst(items, count) {
  const { t, number } = useWords();
  const [isAll, setAll] = useState(false);
  if (isAll || items.length <= count) return { shown: items, more: null };
  const more = (
    <button type="button" className="no-print" onClick={() => setAll(true)}>
      {t('target.all', { n: number(items.length) })}
    </button>
  );
  return { shown: items.slice(0, count), more };
}
