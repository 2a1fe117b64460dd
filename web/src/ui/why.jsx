/* why.jsx: "Vì sao có số này?" One drawer for every number, and a thread through all that it rests
 * on: target, firm, measure, bill, line, price row, reading. What it shows and how one came there is
 * in the URL, so it can be shared and gone back with Back. */
import { useEffect, useRef, useState } from 'react';
import { download } from '../api.js';
import { useWords } from '../i18n/index.js';
import { set } from '../route.jsx';
import { unitText } from './number.jsx';
import { ErrorBox, Waiting } from './state.jsx';
import { BillRevisions, Changes, Missing, Parts, RecordLink, Rows } from './why_parts.jsx';
import { Readings } from './why_readings.jsx';
import { Trail, amountText, bothTexts, close, question, useSteps, useTrail } from './why_trail.jsx';
import './why.css';

export { pageOf } from './why_parts.jsx';
export { question } from './why_trail.jsx';

export function Why({ about, label }) {
  const { t } = useWords();
  return (
    <button type="button" className="why" onClick={() => set({ why: question(about), via: '' })}
      aria-label={label ? `${t('why.open')} ${label}` : t('why.open')} title={t('why.open')}>
      <span aria-hidden="true">?</span>
    </button>
  );
}

const has = (list) => Array.isArray(list) && list.length > 0;
const isKnown = (value) => value !== null && value !== undefined;

/* The number, large; after a correction with what it was. */
function Amount({ why, before }) {
  const words = useWords();
  const { t, exact } = words;
  if (!isKnown(why.value)) return null;
  const isChanged = before && isKnown(before.value) && before.value !== why.value;
  const [was, is] = isChanged ? bothTexts(before.value, why.value, words)
    : ['', amountText(why.value, words)];
  return (
    <p className={isChanged ? 'big changed' : 'big'} role={isChanged ? 'status' : undefined}>
      <span className="big-value" title={exact(why.value)}>{is}</span>
      <span className="big-unit"> {unitText(why.unit)}</span>
      {isChanged && (
        <span className="why-was">
          {t('why.was', { value: `${was} ${unitText(before.unit)}` })}
        </span>
      )}
    </p>
  );
}

function Body({ about, why, before, round, onCorrected }) {
  const { pick } = useWords();
  const bill = new URLSearchParams(about).get('bill');
  return (
    <>
      <Amount why={why} before={before} />
      {pick(why, 'formula') && <p className="formula">{pick(why, 'formula')}</p>}
      {pick(why, 'note') && <p className="soft">{pick(why, 'note')}</p>}
      {has(why.missing) && <Missing missing={why.missing} />}
      {has(why.parts) && <Parts parts={why.parts} before={before?.parts} />}
      {bill && <BillRevisions key={round} id={bill} />}
      {has(why.rows) && <Rows rows={why.rows} />}
      {has(why.readings) && <Readings why={why} onCorrected={onCorrected} />}
      {has(why.versions) && <Changes about={about} why={why} />}
    </>
  );
}

/* The address of exactly this, and all of it as one file. */
function Foot({ about, why }) {
  const { t } = useWords();
  const [state, setState] = useState({});
  const copy = async () => {
    await navigator.clipboard?.writeText(window.location.href);
    setState({ isCopied: true });
  };
  const pack = () => download(`/api/v1/why/pack?${about}`, 'evidence.json')
    .then(() => setState({}), (problem) => setState({ problem }));
  return (
    <div className="why-foot no-print">
      <button type="button" onClick={copy}>{t(state.isCopied ? 'curl.copied' : 'why.share')}</button>
      <button type="button" onClick={pack}>{t('why.pack')}</button>
      {why && <RecordLink about={about} why={why} />}
      {state.problem && <ErrorBox problem={state.problem} />}
    </div>
  );
}

export function WhyDrawer() {
  const { t, pick } = useWords();
  const { about, trail, open } = useTrail();
  const [round, setRound] = useState(0);
  const answers = useSteps(about ? [...trail, about] : [], round);
  const dialog = useRef(null);
  const title = useRef(null);
  const answer = answers[about] ?? {};
  useEffect(() => {
    if (about && !dialog.current.open) dialog.current.showModal();
    if (!about && dialog.current.open) dialog.current.close();
    if (about && trail.length) {
      dialog.current.scrollTo(0, 0);
      title.current.focus({ preventScroll: true });
    }
  }, [about]);
  const again = () => setRound((n) => n + 1);
  return (
    <dialog ref={dialog} className="drawer" onClose={() => about && close()}
      aria-labelledby="why-title"
      onClick={(event) => event.target === dialog.current && dialog.current.close()}>
      <div className="drawer-body">
        <div className="drawer-head">
          <p className="soft">{t('why.open')}</p>
          <button type="button" onClick={() => dialog.current.close()} aria-label={t('why.close')}>
            <span aria-hidden="true">✕</span>
          </button>
        </div>
        <Trail trail={trail} answers={answers} onOpen={open} />
        <h2 id="why-title" ref={title} tabIndex={-1}>
          {pick(answer.data, 'title') || t('why.open')}
        </h2>
        {about && answer.error && <ErrorBox problem={answer.error} onRetry={again} />}
        {about && !answer.data && !answer.error && <Waiting tall />}
        {about && answer.data && (
          <Body key={about} about={about} why={answer.data} before={answer.before} round={round}
            onCorrected={again} />
        )}
        {about && <Foot key={`foot ${about}`} about={about} why={answer.data} />}
      </div>
    </dialog>
  );
}
