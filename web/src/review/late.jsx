/* late.jsx: who is late with what, and a letter to remind them, ready to be copied or opened in the
 * reader's own mail. */
import { useState } from 'react';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';

function Letter({ row }) {
  const { t, day } = useWords();
  const [isCopied, setCopied] = useState(false);
  const values = { who: row.party_name ?? row.place_name ?? row.who_owes, title: row.title, due: day(row.due),
    days: row.days_late };
  const subject = t('late.subject', values);
  const body = t('late.body', values);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(`${subject}\n\n${body}`);
      setCopied(true);
    } catch { setCopied(false); }
  };
  return (
    <div className="letter">
      <p><strong>{subject}</strong></p>
      <p className="letter-text">{body}</p>
      <div className="actions">
        <button type="button" onClick={copy}>{t(isCopied ? 'late.copied' : 'late.copy')}</button>
        <a className="button" href={`mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`}>
          {t('late.mail')}</a>
      </div>
    </div>
  );
}

export function LateRow({ row }) {
  const { t, day } = useWords();
  const [isOpen, setOpen] = useState(false);
  return (
    <li className="late-row">
      <div>
        <strong>{row.party_name ?? row.place_name ?? row.who_owes}</strong>
        <span className="soft block">{row.title}</span>
        {row.report && row.record_type === 'programme.report'
          && <Link to={hrefOf(['review'], { tab: 'returned', report: row.report })}>{t('late.report')}</Link>}
      </div>
      <div className="num">
        <strong className="late-days">{t('late.days', { n: row.days_late })}</strong>
        <span className="soft block">{t('report.due', { day: day(row.due) })}</span>
        <button type="button" className="no-print" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t('late.remind')}</button>
      </div>
      {isOpen && <Letter row={row} />}
    </li>
  );
}
