/* tiers.jsx: a bill drawn. With tiers: a stair, as wide as the tier, as high as its price, so that a
 * filled area is money; what is left of a tier, and the tiers above, stay outlines. Without tiers: a
 * bar of shares. */
import { scaleLinear } from 'd3-scale';
import { url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { useSize } from '../ui/hooks.js';

const num = (value) => (value === null || value === undefined ? null : Number(value));

/* The lines that are tiers: [{line, tier, from, to, limitTo, price}], side by side. */
export function blocksOf(lines) {
  const blocks = lines.filter((line) => num(line.limit_from) !== null);
  const days = new Set(blocks.map((line) => `${line.day_from} ${line.day_to}`));
  let end = 0;
  return blocks.map((line) => {
    const from = days.size > 1 ? end : num(line.limit_from);
    const to = from + num(line.quantity);
    end = to;
    return {
      line,
      tier: Math.min(6, Number(/\d+/.exec(line.item ?? '')?.[0] ?? 1)),
      from,
      to,
      limitTo: days.size > 1 ? to : num(line.limit_to),
      price: num(line.price),
      isCut: days.size > 1,
    };
  });
}

/* Tiers above the last one reached, from the same rows of the same document. */
function useHigher(blocks) {
  const last = blocks[blocks.length - 1];
  const isUsual = last && !last.isCut && last.line.row;
  const row = useGet(isUsual ? `/api/v1/core/dated/${last.line.row}` : null);
  const of = row.data;
  const rows = useGet(of ? url('/api/v1/core/dated', {
    table_name: of.table_name, key: of.key, valid_from: of.valid_from, limit: 100,
  }) : null);
  /* Limits that were multiplied (by persons, by days) are not those of the rows. */
  if (!of || num(of.quantity_from) !== num(last.line.limit_from)
    || num(of.quantity_to) !== num(last.line.limit_to)) return [];
  return (rows.data?.items ?? [])
    .filter((item) => (item.variant ?? '') === (of.variant ?? '')
      && num(item.quantity_from) !== null && num(item.quantity_from) > num(of.quantity_from))
    .map((item) => ({
      tier: Math.min(6, Number(/\d+/.exec(item.item)?.[0] ?? 1)),
      from: num(item.quantity_from), to: num(item.quantity_from),
      limitTo: num(item.quantity_to), price: num(item.value),
    }))
    .sort((a, b) => a.from - b.from);
}

function Step({ block, x, y, end, size, money, t }) {
  const left = x(block.from);
  const right = x(block.limitTo ?? Math.max(end, block.to));
  const width = Math.max(1, right - left - 2);
  const isReached = block.to > block.from;
  return (
    <g>
      <rect className="step-outline" x={left} y={y(block.price)} width={width}
        height={y(0) - y(block.price)} rx="3" />
      {isReached && (
        <rect className={`step tier-fill-${block.tier}`} x={left} y={y(block.price)} rx="3"
          width={Math.max(1, x(block.to) - left - 2)} height={y(0) - y(block.price)} />
      )}
      <text className="step-name" x={left + width / 2} y={y(block.price) - (width > 5 * size ? 1.5 : 0.5) * size}
        textAnchor="middle">{width > 5 * size ? t('bill.tier', { n: block.tier }) : block.tier}</text>
      {width > 5 * size && (
        <text className="step-price" x={left + width / 2} y={y(block.price) - 0.4 * size}
          textAnchor="middle">{money(block.price)}</text>
      )}
      <text className="step-limit" x={left} y={y(0) + 1.2 * size} textAnchor="middle">
        {block.isCut ? '' : block.from}
      </text>
    </g>
  );
}

export function Tiers({ bill, unit }) {
  const words = useWords();
  const { t, number, money } = words;
  const { ref, width, scale } = useSize();
  const reached = blocksOf(bill.lines);
  const steps = [...reached, ...useHigher(reached)];
  const used = reached[reached.length - 1].to;
  const limits = steps.map((step) => step.limitTo).filter((limit) => limit !== null);
  const closed = limits.length ? Math.max(...limits) : used;
  const isOpen = steps.some((step) => step.limitTo === null);
  const end = Math.max(used * 1.04, isOpen ? closed * 1.2 : closed);
  const size = 12 * scale;
  const height = 190 * Math.min(1.5, scale);
  const x = scaleLinear().domain([0, end]).range([8, Math.max(60, width - 8)]);
  const y = scaleLinear().domain([0, Math.max(...steps.map((step) => step.price))])
    .range([height - 3.4 * size, 3.2 * size]);
  const hereX = x(used);
  const isRight = hereX > width * 0.6;
  return (
    <div ref={ref} className="plot-box">
      {width > 0 && (
        <svg className="plot stair" width={width} height={height} role="img"
          aria-label={t('bill.stairLabel', { used: number(used), unit, tier: reached.at(-1).tier })}>
          {steps.map((step, i) => (
            <Step key={i} block={step} {...{ x, y, end, size, t }}
              money={(value) => money(value, bill.currency)} />
          ))}
          <line className="here" x1={hereX} x2={hereX} y1={y(reached.at(-1).price) - 2}
            y2={y(0) + 1.4 * size} />
          <text className="here-text" x={hereX + (isRight ? -4 : 4)} y={height - 0.5 * size}
            textAnchor={isRight ? 'end' : 'start'}>
            {t(bill.series ? 'bill.here' : 'bill.used', { used: number(used), unit })}
          </text>
        </svg>
      )}
    </div>
  );
}

/* The colour of the n-th line where there are no tiers. */
export const shareTier = (i) => (i % 6) + 1;

/* Bands of hours, fixed amounts and taxes: how the total is made up. */
export function Shares({ bill }) {
  const { t, pick, money } = useWords();
  const { ref, width } = useSize();
  const lines = bill.lines.map((line, i) => ({ ...line, i })).filter((line) => num(line.amount) > 0);
  const total = lines.reduce((sum, line) => sum + num(line.amount), 0);
  const x = scaleLinear().domain([0, total]).range([0, width]);
  let at = 0;
  return (
    <div ref={ref} className="plot-box">
      {width > 0 && total > 0 && (
        <svg className="plot" width={width} height="36" role="img" aria-label={t('bill.shares')}>
          {lines.map((line) => {
            const left = x(at);
            at += num(line.amount);
            return (
              <rect key={line.i} className={`step tier-fill-${shareTier(line.i)}`} x={left} y="4" rx="3"
                width={Math.max(1, x(at) - left - 2)} height="28">
                <title>{`${pick(line, 'sentence')}: ${money(line.amount, bill.currency)}`}</title>
              </rect>
            );
          })}
        </svg>
      )}
    </div>
  );
}
