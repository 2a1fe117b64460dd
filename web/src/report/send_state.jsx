/* send_state.jsx: not sent yet, being sent, sent, or refused: said in words, so that nobody wonders. */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { problemText } from '../ui/state.jsx';
import { drop } from './store.js';
import { flush } from './outbox.js';
import './report.css';

const SIGNS = { waiting: '…', sending: '↑', sent: '✓', refused: '!' };

export function SendState({ item }) {
  const words = useWords();
  const { t } = words;
  return (
    <div className={`send send-${item.state}`} role="status">
      <span className="send-sign" aria-hidden="true">{SIGNS[item.state]}</span>
      <div>
        <p><strong>{t(`send.${item.state}`)}</strong> · {item.title}</p>
        {item.state === 'waiting' && <p className="soft">{t('send.waitingHow')}</p>}
        {item.state === 'refused' && item.problem && (
          <p>{problemText(item.problem, words)}
            {item.problem.detail && <span className="soft block" lang="en">{item.problem.detail}</span>}</p>
        )}
        {item.state === 'sent' && item.kind === 'report' && item.id && (
          <p><Link to={hrefOf(['report', String(item.id)])}>{t('send.open')}</Link></p>
        )}
      </div>
      {item.state === 'waiting'
        && <button type="button" onClick={() => flush(item.who)}>{t('send.now')}</button>}
      {(item.state === 'sent' || item.state === 'refused')
        && <button type="button" className="quiet" onClick={() => drop(item.key)}>{t('send.close')}</button>}
    </div>
  );
}
