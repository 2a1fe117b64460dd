/* lines.jsx: a bill drawn, and its lines: each a sentence with its document and a reason. */
import { useWords } from '../i18n/index.js';
import { Badge, VerifiedBadge } from '../ui/badge.jsx';
import { unitText } from '../ui/number.jsx';
import { Why } from '../ui/why.jsx';
import { Shares, Tiers, blocksOf, shareTier } from './tiers.jsx';

export function BillDrawing({ bill }) {
  return blocksOf(bill.lines).length > 0 ? <Tiers bill={bill} unit={unitText(bill.unit)} />
    : <Shares bill={bill} />;
}

function Line({ line, at, bill }) {
  const { t, pick, money } = useWords();
  const about = bill.id ? { bill: bill.id, line: at + 1 } : { dated: line.row_code };
  return (
    <tr>
      <td>
        <span className={`swatch tier-${line.tier ?? 'none'}`} aria-hidden="true" />
        {pick(line, 'sentence')}
        <span className="line-source">
          {line.document && <span>{line.document}</span>}
          <VerifiedBadge value={line.verified} isDisputed={line.is_disputed} />
          {line.is_shared_by_days && <Badge>{t('bill.sharedByDays')}</Badge>}
        </span>
      </td>
      <td className="num">{money(line.amount, bill.currency)}</td>
      <td className="narrow no-print">
        {(bill.id || line.row_code) && <Why about={about} label={pick(line, 'sentence')} />}
      </td>
    </tr>
  );
}

export function BillLines({ bill }) {
  const { t, moneyMinor } = useWords();
  const blocks = blocksOf(bill.lines);
  const tiers = new Map(blocks.map((block) => [block.line, block.tier]));
  const tierOf = (line, i) => (blocks.length ? tiers.get(line)
    : Number(line.amount) > 0 ? shareTier(i) : undefined);
  const sums = [['bill.net', bill.net], ['bill.tax', bill.tax], ['bill.total', bill.total]];
  return (
    <table className="bill-lines">
      <caption className="hidden">{t('bill.lines')}</caption>
      <thead className="hidden">
        <tr><th>{t('bill.line')}</th><th>{t('bill.amount')}</th><th>{t('why.open')}</th></tr>
      </thead>
      <tbody>
        {bill.lines.map((line, i) => (
          <Line key={i} at={i} bill={bill} line={{ ...line, tier: tierOf(line, i) }} />
        ))}
      </tbody>
      <tfoot>
        {sums.map(([key, value]) => (
          <tr key={key} className={key === 'bill.total' ? 'sum-total' : undefined}>
            <th scope="row">{t(key)}</th>
            <td className="num">{moneyMinor(value, bill.currency)}</td>
            <td className="narrow no-print" />
          </tr>
        ))}
      </tfoot>
    </table>
  );
}
