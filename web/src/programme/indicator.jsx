/* indicator.jsx: one indicator: its value, what was divided by what, and who has not given a number
 * yet. What is missing is never counted as good, and is said. */
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { unitText } from '../ui/number.jsx';
import { ErrorBox, Waiting } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';

/* numerator and missing as shares of the denominator; a picture beside the numbers only. */
export function ShareBar({ numerator, denominator, missing }) {
  if (!(denominator > 0) || numerator > denominator) return null;
  const share = (value) => `${Math.max(0, Math.min(100, (value / denominator) * 100))}%`;
  return (
    <svg className="share-bar" aria-hidden="true" width="100%" height="10">
      <rect className="share-all" width="100%" height="10" rx="5" />
      <rect className="share-yes" width={share(numerator)} height="10" rx="5" />
      {missing > 0 && (
        <rect className="share-missing" x={share(denominator - missing)} width={share(missing)}
          height="10" rx="5" />
      )}
    </svg>
  );
}

export function hasValue(data) {
  return data.has_value !== false && data.value !== null && data.value !== undefined;
}

export function Indicator({ about, range }) {
  const words = useWords();
  const { t, pick, number } = words;
  const answer = useGet(url(`/api/v1/indicators/${about.name}`, range));
  const { data } = answer;
  const isShare = about.unit === '%';
  return (
    <article className="card">
      <h3 className="card-title">{pick(about, 'label')}</h3>
      {answer.error && <ErrorBox problem={answer.error} />}
      {!data && !answer.error && <Waiting />}
      {data && (
        <>
          <p className="big big-small">
            {hasValue(data) ? number(data.value) : t('indicator.none')}
            {hasValue(data) && <span className="big-unit"> {unitText(about.unit)}</span>}
            <Why label={pick(about, 'label')} about={{ indicator: about.name, ...range }} />
          </p>
          {isShare && <ShareBar {...data} />}
          <dl className="fraction">
            {pick(about, 'denominator') && (
              <>
                <div><dt>{pick(about, 'numerator')}</dt><dd>{number(data.numerator)}</dd></div>
                <div><dt>{pick(about, 'denominator')}</dt><dd>{number(data.denominator)}</dd></div>
              </>
            )}
            {(isShare || data.missing > 0) && (
              <div className={data.missing > 0 ? 'missing' : undefined}>
                <dt>{t('indicator.missing')}</dt><dd>{number(data.missing ?? 0)}</dd>
              </div>
            )}
          </dl>
        </>
      )}
    </article>
  );
}
