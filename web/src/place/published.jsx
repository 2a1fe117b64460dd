/* published.jsx: results that were published, beside what the case files and reports here compute.
 * Where a file is missing that is said first: a mean over fewer files is not a better number. */
import { useWords } from '../i18n/index.js';
import { VerifiedBadge } from '../ui/badge.jsx';
import { ChartFrame } from '../ui/chart.jsx';
import { unitText } from '../ui/number.jsx';
import { question } from '../ui/why.jsx';
import { WhyNumber } from './bars.jsx';

const unitOf = ({ unit }) => (unit === '% reduction' ? '%' : unitText(unit));

function publishedText(row, { exact, pick }) {
  if (row.published === null || row.published === undefined) return '–';
  return pick(row, 'published_text') || `${exact(row.published)} ${unitOf(row)}`.trim();
}

const whyResult = (row, year) => (row.measured_by ? question({
  indicator: row.measured_by, from: `${year}-01-01`, to: `${Number(year) + 1}-01-01` })
  : question({ record: 'programme.result', id: row.id }));

/* What is missing in any of the rows, told once for each group it is missing from. */
function Missing({ rows }) {
  const { t, pick } = useWords();
  const lacking = rows.filter((row) => Number(row.missing) > 0);
  if (!lacking.length) return null;
  const told = new Map();
  for (const row of lacking) {
    const text = pick(row, 'sentence') || t('published.missing', { n: row.missing });
    if (!told.has(text)) told.set(text, pick(row, 'label'));
  }
  return (
    <div className="notice notice-warn" role="alert">
      <p><strong>{t('published.lacking')}</strong></p>
      <ul>{[...told].map(([text, label]) => <li key={text}>{text} <span className="soft">({label})</span></li>)}</ul>
    </div>
  );
}

const hasNumber = (row) => row.has_value !== false && row.value !== null && row.value !== undefined;

function Computed({ row, year }) {
  const { t, pick, exact } = useWords();
  if (!hasNumber(row)) {
    return <span className="soft">{row.measured_by ? t('indicator.none') : t('published.notComputed')}</span>;
  }
  return (
    <WhyNumber about={whyResult(row, year)} label={pick(row, 'label')} className="result-value">
      {pick(row, 'value_text') || <>{exact(row.value)} <span className="unit">{unitOf(row)}</span></>}
    </WhyNumber>
  );
}

function Card({ row, year }) {
  const words = useWords();
  const { t, pick } = words;
  return (
    <li className={Number(row.missing) > 0 ? 'result result-lacking' : 'result'}>
      <h3>{pick(row, 'label')}</h3>
      <p className="result-line"><span className="soft">{t('published.computed')}</span>
        <Computed row={row} year={year} /></p>
      <p className="result-line"><span className="soft">{t('published.published')}</span>
        <span>{publishedText(row, words)}</span></p>
      {hasNumber(row) && pick(row, 'sentence') && <p className="soft result-note">{pick(row, 'sentence')}</p>}
      <p className="result-source"><VerifiedBadge value={row.verified} />{' '}
        <span className="soft">{row.source}</span></p>
    </li>
  );
}

export function Published({ data }) {
  const words = useWords();
  const { t, pick } = words;
  const columns = [
    { name: 'code', label: t('bars.code'), isForFile: true },
    { name: 'label', label: t('published.result') },
    { name: 'value', label: t('published.computed'), isNumber: true,
      show: (row) => <Computed row={row} year={data.year} /> },
    { name: 'published', label: t('published.published'), isNumber: true,
      show: (row) => publishedText(row, words) },
    { name: 'unit', label: t('published.unit'), show: unitOf },
    { name: 'missing', label: t('why.missing'), isNumber: true },
    { name: 'source', label: t('why.source') },
  ];
  return (
    <section className="panel">
      <ChartFrame title={t('published.title', { year: data.year })} subtitle={t('published.how')}
        columns={columns} fileName={`${data.place_code}-${data.year}-results`} formats={['CSV']}
        rows={data.results.map((row) => ({ ...row, label: pick(row, 'label') }))}
        lead={<Missing rows={data.results} />} hasReadout={false}>
        <ul className="plain results">
          {data.results.map((row) => <Card key={row.code} row={row} year={data.year} />)}
        </ul>
      </ChartFrame>
    </section>
  );
}
