/* why_trail.jsx: the thread that somebody follows in the drawer. It stands in the URL: `why` is the
 * question that is open, `via` the ones that led to it, so that it can be shared and gone back. */
import { useEffect, useRef, useState } from 'react';
import { get } from '../api.js';
import { useWords } from '../i18n/index.js';
import { set, useView } from '../route.jsx';
import { unitText } from './number.jsx';

const BETWEEN = '~';
const API = '/api/v1/why?';

/* A question for /api/v1/why, as the text that stands in the URL. */
export function question(values) {
  const all = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== '') all.set(name, value);
  }
  return all.toString();
}

/* A number as one reads it: what somebody wrote with all its digits, what was computed with those
 * that matter. */
const WRITTEN_DECIMALS = 3;
export function amountText(value, { number, exact }) {
  const decimals = (String(value).split('.')[1] ?? '').length;
  const isSmall = Math.abs(value) < 1;
  const text = decimals <= WRITTEN_DECIMALS ? exact(value)
    : isSmall ? exact(Number(Number(value).toPrecision(3))) : number(value);
  return text.replace(/^-/, '−');
}

/* Before and after a correction, with as many digits as it takes to see the difference. */
export function bothTexts(before, now, words) {
  const [was, is] = [amountText(before, words), amountText(now, words)];
  return was === is ? [words.exact(before), words.exact(now)] : [was, is];
}

/* The question behind an address of the API, or nothing. */
export const questionOf = (href) => (href?.startsWith(API) ? href.slice(API.length) : null);

export const close = () => set({ why: '', via: '' });

/* {about, trail, open(about)}: opening a step that was passed goes back to it. */
export function useTrail() {
  const { query } = useView();
  const about = query.why ?? '';
  const trail = about ? (query.via ?? '').split(BETWEEN).filter(Boolean) : [];
  const open = (next) => {
    const known = trail.indexOf(next);
    const steps = known >= 0 ? trail.slice(0, known) : [...trail, about].filter((one) => one !== next);
    set({ why: next, via: steps.join(BETWEEN) });
  };
  return { about, trail, open };
}

/* The answers to all steps: {about: {data, error, before}}. A new round asks again; `before` is what
 * an answer was in the round before. Nothing is kept once the drawer is closed. */
export function useSteps(steps, round) {
  const [answers, setAnswers] = useState({});
  const asked = useRef(new Map());
  const key = steps.join(BETWEEN);
  useEffect(() => {
    if (!key) {
      asked.current = new Map();
      setAnswers({});
      return;
    }
    for (const about of key.split(BETWEEN)) {
      if (asked.current.get(about) === round) continue;
      asked.current.set(about, round);
      const put = (answer) => setAnswers((old) => ({
        ...old, [about]: { before: round > 0 ? old[about]?.data : null, ...answer },
      }));
      get(`${API}${about}`).then((data) => put({ data }), (error) => put({ error }));
    }
  }, [key, round]);
  return answers;
}

function Crumb({ about, answer, onOpen }) {
  const words = useWords();
  const { pick, t } = words;
  const title = pick(answer?.data, 'title') || t('why.open');
  const { value, unit } = answer?.data ?? {};
  const text = value === null || value === undefined ? title
    : `${title} · ${amountText(value, words)} ${unitText(unit)}`;
  return <button type="button" title={text} onClick={() => onOpen(about)}>{text}</button>;
}

export function Trail({ trail, answers, onOpen }) {
  const { t } = useWords();
  if (!trail.length) return null;
  return (
    <nav aria-label={t('why.trail')}>
      <ol className="why-trail">
        {trail.map((about) => (
          <li key={about}>
            <Crumb about={about} answer={answers[about]} onOpen={onOpen} />
            <span aria-hidden="true">›</span>
          </li>
        ))}
        <li><span aria-current="step">{t('why.step', { n: trail.length + 1 })}</span></li>
      </ol>
    </nav>
  );
}
