/* badge.jsx: small words that tell what kind of number this is. */
import { useWords } from '../i18n/index.js';

export function Badge({ kind = 'plain', children }) {
  return <span className={`badge badge-${kind}`}>{children}</span>;
}

export function SimulatedBadge() {
  const { t } = useWords();
  return <Badge kind="simulated">{t('badge.simulated')}</Badge>;
}

/* yes, partial or no: how far a published number was checked against its source. */
export function VerifiedBadge({ value, isDisputed }) {
  const { t } = useWords();
  if (!value && !isDisputed) return null;
  return (
    <>
      {value && (
        <Badge kind={value === 'yes' ? 'good' : 'plain'}>
          {value === 'yes' && <span aria-hidden="true">✓ </span>}{t(`verified.${value}`)}
        </Badge>
      )}
      {isDisputed && <Badge kind="warn">{t('verified.disputed')}</Badge>}
    </>
  );
}

const STATE_KINDS = {
  issued: 'good', approved: 'good', adopted: 'good', verified: 'good', done: 'good',
  fulfilled: 'good', checked: 'good', returned: 'warn', disputed: 'warn', late_fulfilled: 'warn',
  late: 'warn', missing: 'warn', failed: 'warn', behind: 'warn', on_track: 'good',
};

export function StateBadge({ value }) {
  const { term } = useWords();
  if (!value) return null;
  return <Badge kind={STATE_KINDS[value] ?? 'plain'}>{term('state', value)}</Badge>;
}
