/* demo.jsx: what the shell knows of the demonstration: that it is one, its clock, whose eyes one
 * looks through, and how far its history is made. */
import { useEffect, useState } from 'react';
import { get, readKey, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { set } from '../route.jsx';
import { CLOCK, localDay, setNow } from '../ui/dates.js';
import { Badge } from '../ui/badge.jsx';

/* While history is made the pages are asked again often, else now and then for the clock. */
const MAKING_MS = 2000;
const CLOCK_MS = 30000;

async function quietly(path) {
  try {
    const response = await fetch(path, { headers: { Accept: 'application/json' } });
    return response.ok ? await response.json() : null;
  } catch {
    return null; /* no network: the page says so where it asks */
  }
}

async function readStart() {
  const [me, demo] = await Promise.all([
    readKey() ? null : quietly('/api/v1/me'), quietly('/api/v1/demo')]);
  if (demo?.now) setNow(demo.now);
  return { isDemo: me?.demo === true, demo };
}

/* {isDemo, demo} once it is known, null before. Two small questions that the pages wait for: whom
 * they are shown to, and what day it is there. */
export function useDemo() {
  const [start, setStart] = useState(null);
  useEffect(() => { readStart().then(setStart); }, []);
  const isMaking = Boolean(start?.demo?.making);
  useEffect(() => {
    if (!start?.demo) return undefined;
    const again = () => get('/api/v1/demo').then((demo) => {
      setNow(demo.now);
      setStart((old) => ({ ...old, demo }));
    }, () => {});
    const timer = setInterval(again, isMaking ? MAKING_MS : CLOCK_MS);
    window.addEventListener(CLOCK, again);
    return () => {
      clearInterval(timer);
      window.removeEventListener(CLOCK, again);
    };
  }, [Boolean(start?.demo), isMaking]);
  return start;
}

/* Everybody may look through everybody's eyes. */
function ViewAs({ eyes }) {
  const { t, pick } = useWords();
  const { data } = useMeta();
  const me = useGet(data?.identities ? '/api/v1/me' : null);
  const name = eyes || me.data?.name;
  if (!data?.identities || !name) return null;
  return (
    <label className="view-as">
      <span>{t('shell.viewAs')}</span>
      <select value={name} onChange={(event) => set({ as: event.target.value, why: '', via: '' })}>
        {data.identities.map((identity) => (
          <option key={identity.name} value={identity.name}>
            {pick(identity, 'label') || identity.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Making({ making }) {
  const { t, pick } = useWords();
  const text = pick(making, 'text') || t('demo.making');
  return (
    <p className="making">
      <span>{text}</span>
      <progress max={making.total || 1} value={making.done ?? 0} aria-label={text} />
    </p>
  );
}

/* The strip above every page of the demonstration. */
export function DemoStrip({ eyes, demo }) {
  const { t, day, clock } = useWords();
  return (
    <div className="demo-strip no-print" role="region" aria-label={t('demo.title')}>
      <Badge kind="simulated">{t('demo.title')}</Badge>
      {demo && <p className="demo-clock">{t('demo.clock', { day: day(localDay(demo.now)) })}
        <span className="soft"> {clock(demo.now)}</span></p>}
      {demo?.making && <Making making={demo.making} />}
      <ViewAs key={eyes} eyes={eyes} />
    </div>
  );
}
