/* findings.jsx: what the bills show: a sentence each, its picture, the price rows that it rests on.
 * Sentences and numbers are the server's. */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { Bars } from '../ui/bars.jsx';
import { useState } from 'react';
import { unitText } from '../ui/number.jsx';

const KINDS_GOOD = new Set(['equal']);
const KINDS_WARN = new Set(['differs', 'hole', 'twice', 'no_price']);

/* A number and its unit stay on one line. */
const joined = (text) => text.replace(/(\d) (₫|kWh|m3|kg|%)/g, '$1\u00a0$2');

const badgeOf = (kind) => {
  if (KINDS_GOOD.has(kind)) return 'badge badge-good';
  return KINDS_WARN.has(kind) ? 'badge badge-warn' : 'badge';
};

function Picture({ finding, label }) {
  const { t, exact, month } = useWords();
  const [at, setAt] = useState(null);
  const unit = unitText(finding.point_unit);
  const bars = finding.points.map((point) => ({
    key: point.label,
    tick: `${Number(point.label.slice(5))}/${point.label.slice(2, 4)}`,
    label: month(point.label),
    amount: point.value,
    past: point.other,
    flags: point.is_marked && finding.kind === 'differs' ? ['suspect'] : [],
  }));
  const marked = finding.points.findIndex((point) => point.is_marked);
  const shown = at ?? (marked >= 0 ? marked : null);
  const read = (i) => {
    const bar = i === null ? null : bars[i];
    if (!bar) return '';
    const other = bar.past === null ? '' : ` (${t(`bring.other.${finding.kind}`)}: ${exact(bar.past)} ${unit})`;
    return `${bar.label}: ${exact(bar.amount)} ${unit}${other}`;
  };
  return (
    <figure className="chart">
      <p className="readout">{read(shown)}</p>
      <Bars bars={bars} unit={finding.point_unit} color={finding.medium === 'water' ? 'water' : 'use'}
        label={label} height={170} onReadout={setAt} valueText={read} />
    </figure>
  );
}

function Rows({ rows }) {
  const { t } = useWords();
  const documents = [...new Set(rows.map((row) => row.document).filter(Boolean))];
  return (
    <p className="finding-rows">
      {t('bring.restsOn')}{' '}
      {rows.map((row, i) => (
        <span key={row.code}>
          {i > 0 && ', '}
          {row.id ? <Link to={hrefOf(['records', 'core', 'dated', String(row.id)])}>{row.code}</Link> : row.code}
        </span>
      ))}
      {documents.length > 0 && ` · ${documents.join(', ')}`}
    </p>
  );
}

export function Findings({ findings }) {
  const words = useWords();
  const { t, pick } = words;
  return (
    <section aria-labelledby="findings-title">
      <h2 id="findings-title">{t('bring.findings')}</h2>
      <div className="findings">
        {findings.map((finding, i) => (
          <article className="panel finding" key={`${finding.kind} ${finding.medium}`}>
            <span className={badgeOf(finding.kind)}>
              {t(`bring.kind.${finding.kind}`)} · {t(`bring.medium.${finding.medium}`)}
            </span>
            <p className="finding-text">{joined(pick(finding, 'sentence'))}</p>
            {finding.points.length > 1 && (
              <Picture finding={finding} label={pick(finding, 'sentence')} key={i} />
            )}
            {finding.rows.length > 0 && <Rows rows={finding.rows} />}
          </article>
        ))}
      </div>
    </section>
  );
}
