/* state.jsx: waiting, refusals, and nothing there yet. */
import { useWords } from '../i18n/index.js';

/* What went wrong and what to do, in the reader's words; the server's own sentence below it. */
export function problemText(problem, words) {
  const { t, lang } = words;
  if (problem.code === 'NETWORK') return t('state.network');
  const known = t(`problem.${problem.code}`);
  const general = known === `problem.${problem.code}` ? t('problem.other') : known;
  if (lang === 'en' && problem.detail) return sentence(problem.detail);
  return general;
}

export function sentence(text) {
  if (!text) return '';
  const whole = text[0].toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

export function ErrorBox({ problem, onRetry }) {
  const words = useWords();
  const text = problemText(problem, words);
  const detail = problem.detail && sentence(problem.detail) !== text ? problem.detail : '';
  return (
    <div className="notice notice-warn" role="alert">
      <p>{text}</p>
      {detail && <p className="soft" lang="en">{sentence(detail)}</p>}
      {onRetry && <button type="button" onClick={onRetry}>{words.t('state.retry')}</button>}
    </div>
  );
}

/* A grey shape of what will come, so that nothing jumps when it does. */
export function Waiting({ tall }) {
  const { t } = useWords();
  return (
    <div className={tall ? 'waiting waiting-tall' : 'waiting'} role="status">
      <span className="hidden">{t('state.loading')}</span>
    </div>
  );
}

export function Empty({ title, children }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/* The usual three: an error, waiting, or what was asked for. */
export function Answer({ of, tall, children }) {
  if (of.error && !of.data) return <ErrorBox problem={of.error} onRetry={of.reload} />;
  if (!of.data) return <Waiting tall={tall} />;
  return children(of.data);
}
