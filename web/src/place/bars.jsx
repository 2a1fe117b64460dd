/* bars.jsx: a bar for each target: the value from zero against the mark (or band) it is to reach,
 * its verdict in words, and hatched what has not been told. */
import { useId } from 'react';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, set } from '../route.jsx';
import { ChartFrame } from '../ui/chart.jsx';
import { unitText } from '../ui/number.jsx';
import { question } from '../ui/why.jsx';
import { VerifiedMark } from './place.jsx';
import { Verdict, kindOf } from './verdict.jsx';

const number = (value) => (value === null || value === undefined || value === '' ? null
  : Math.abs(Number(value)));

/* Where things lie on the bar, from 0 to 1. A share ends at 100 %. */
export function scaleOf(target) {
  const [value, low, high] = [target.has_value === false ? null : number(target.value),
    number(target.low), number(target.high)];
  const isShare = target.unit === '%';
  const top = isShare ? 100 : Math.max(value ?? 0, low ?? 0, high ?? 0) * 1.2 || 1;
  const at = (x) => (x === null ? null : Math.max(0, Math.min(1, x / top)));
  const denominator = Number(target.denominator) || 0;
  const missing = isShare && denominator > 0 ? Number(target.missing || 0) / denominator : 0;
  return { value: at(value), low: at(low), high: at(high), missing, top };
}

export function goalText(target, { t, exact, pick }) {
  const bound = pick(target, 'bound_text');
  if (bound) return t('bars.goalText', { bound });
  const unit = unitText(target.unit === '% reduction' ? '%' : target.unit);
  const has = (value) => value !== null && value !== undefined && value !== '';
  if (has(target.low) && has(target.high) && String(target.low) !== String(target.high)) {
    return t('bars.goalBand', { low: exact(target.low), high: exact(target.high), unit });
  }
  const word = t(`goal.${target.comparator}`);
  const value = exact(has(target.low) ? target.low : target.high);
  return t('bars.goal', { word: word.startsWith('goal.') ? '' : word, value, unit })
    .replace(/\s+/g, ' ');
}

const percent = (share) => `${(share * 100).toFixed(2)}%`;

/* The drawing alone; what it says stands beside it in words. */
export function TargetBar({ target, height = 14 }) {
  const hatch = `miss${useId().replaceAll(':', '')}`;
  const { value, low, high, missing } = scaleOf(target);
  const first = low ?? high;
  const isBand = low !== null && high !== null && high > low;
  const mark = isBand ? low : first;
  return (
    <svg className={`target-bar bar-${kindOf(target.verdict)}`} width="100%" height={height + 8}
      aria-hidden="true">
      <defs>
        <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)">
          <line x1="0" y1="0" x2="0" y2="6" className="miss-line" />
        </pattern>
      </defs>
      <rect className="bar-all" y="4" width="100%" height={height} rx="4" />
      {missing > 0 && (
        <rect className="bar-missing" fill={`url(#${hatch})`} y="4" height={height}
          x={percent(Math.max(0, Math.min(1 - missing, 1)))} width={percent(missing)} />
      )}
      {value > 0 && <rect className="bar-value" y="4" width={percent(value)} height={height} rx="4" />}
      {isBand && <rect className="bar-band" x={percent(low)} y="1" height={height + 6}
        width={percent(high - low)} rx="3" />}
      {mark !== null && (
        <rect className="bar-goal" x={percent(mark)} y="0" width="3" height={height + 8} rx="1.5"
          transform="translate(-1.5 0)" />
      )}
    </svg>
  );
}

export const valueText = (target, { t, pick }) => (
  target.has_value === false ? t('indicator.none') : pick(target, 'value_text')
    || `${target.value} ${unitText(target.unit)}`);

export const whyTarget = (target, year) => question({
  record: 'programme.target', id: target.id, from: `${year}-01-01`, to: `${Number(year) + 1}-01-01`,
});

/* The number itself opens to what it rests on. */
export function WhyNumber({ about, label, children, className = '' }) {
  const { t } = useWords();
  return (
    <button type="button" className={`why-number ${className}`} title={t('why.open')}
      onClick={() => set({ why: about })}>
      {children}<span className="hidden"> {t('why.open')} {label}</span>
    </button>
  );
}

function Row({ target, year }) {
  const words = useWords();
  const { pick } = words;
  const label = pick(target, 'label');
  const isKnown = target.has_value !== false;
  return (
    <li className="target-row">
      <div className="target-line">
        <Link className="target-name" to={hrefOf(['target', target.code], { year })}>{label}</Link>
        <Verdict value={target.verdict} />
      </div>
      <div className="target-picture">
        <TargetBar target={target} />
        <WhyNumber about={whyTarget(target, year)} label={label}
          className={isKnown ? 'target-value' : 'target-value target-none'}>
          {valueText(target, words)}
        </WhyNumber>
      </div>
      <p className="target-note">
        <span>{goalText(target, words)}</span>
        {(isKnown || target.missing > 0) && <span>{pick(target, 'sentence')}</span>}
        <VerifiedMark value={target.verified} />
      </p>
    </li>
  );
}

/* The same for a file: one drawing with its words in it. */
const PICTURE = { width: 760, row: 64, bar: 470 };

function Picture({ targets }) {
  const words = useWords();
  return (
    <svg className="plot for-file" width={PICTURE.width} height={PICTURE.row * targets.length + 12}
      aria-hidden="true">
      {targets.map((target, i) => {
        const { value, low, high } = scaleOf(target);
        const mark = low ?? high;
        return (
          <g key={target.code} transform={`translate(12 ${PICTURE.row * i + 8})`}
            className={`bar-${kindOf(target.verdict)}`}>
            <text className="direct" y="16">{words.pick(target, 'label')}</text>
            <rect className="bar-all" y="24" width={PICTURE.bar} height="14" rx="4" />
            {value > 0 && <rect className="bar-value" y="24" width={PICTURE.bar * value} height="14" rx="4" />}
            {mark !== null && <rect className="bar-goal" x={PICTURE.bar * mark - 1.5} y="20" width="3" height="22" />}
            <text className="direct" x={PICTURE.bar + 12} y="36">
              {valueText(target, words)} · {words.term('verdict', target.verdict)}
            </text>
            <text y="52">{goalText(target, words)}. {words.pick(target, 'sentence')}</text>
          </g>
        );
      })}
    </svg>
  );
}

export function TargetBars({ data }) {
  const words = useWords();
  const { t, pick, term } = words;
  const { targets } = data;
  const columns = [
    { name: 'code', label: t('bars.code'), isForFile: true },
    { name: 'label', label: t('targets.target'), show: (row) => pick(row, 'label') },
    { name: 'value', label: t('bars.value'), isNumber: true, show: (row) => valueText(row, words) },
    { name: 'goal', label: t('targets.goal'), show: (row) => goalText(row, words) },
    { name: 'verdict', label: t('targets.standing'), show: (row) => term('verdict', row.verdict) },
    { name: 'missing', label: t('why.missing'), isNumber: true },
    { name: 'document', label: t('bars.document') },
    { name: 'verified', label: t('targets.source'), show: (row) => t(`verified.${row.verified}`) },
  ];
  const rows = targets.map((target) => ({
    ...target, label: pick(target, 'label'), goal: goalText(target, words),
  }));
  return (
    <div className="panel place-targets">
      <ChartFrame title={t('bars.title', { year: data.year })} columns={columns} rows={rows}
        fileName={`${data.place_code}-${data.year}-targets`}>
        <ol className="plain target-rows">
          {targets.map((target) => <Row key={target.code} target={target} year={data.year} />)}
        </ol>
        <Picture targets={targets} />
      </ChartFrame>
    </div>
  );
}
