/* value.jsx: a value of a field as people read it. */
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { unitWord } from '../ui/number.jsx';

/* "core.party" and 7: the page of that party. */
export function hrefOfRef(ref, id) {
  const [, , , room, plural] = (ref?.path ?? '').split('/');
  return plural ? hrefOf(['records', room, plural, String(id)]) : null;
}

/* The currency of a row of money fields that name no unit. */
const currencyOf = (field, record) => field.unit || record.currency || 'VND';

export function plainValue(field, record, words) {
  const value = record[field.name];
  const { t, exact, day, time, moneyMinor, pick } = words;
  if (value === null || value === undefined || value === '') return '';
  switch (field.type) {
    case 'bool': return t(value ? 'yes' : 'no');
    case 'int': case 'real': case 'dec': return exact(value);
    case 'money': return moneyMinor(value, currencyOf(field, record));
    case 'day': return day(value);
    case 'time': return time(value);
    case 'choice': {
      const choice = field.choices?.find((item) => item.value === value);
      return choice ? pick(choice, 'label') : value;
    }
    case 'ref': return record[`${field.name}_label`] ?? String(value);
    default: return value;
  }
}

export function Value({ field, record }) {
  const words = useWords();
  const text = plainValue(field, record, words);
  if (text === '') return <span className="soft">–</span>;
  const href = field.type === 'ref' ? hrefOfRef(field.ref, record[field.name]) : null;
  if (href) return <Link to={href}>{text}</Link>;
  if (/^https?:\/\//.test(text)) return <a href={text} rel="noreferrer">{text}</a>;
  const isNumber = ['int', 'real', 'dec'].includes(field.type);
  return <>{text}{isNumber && field.unit ? ` ${unitWord(field.unit, words)}` : ''}</>;
}

export const isNumeric = (field) => ['int', 'real', 'dec', 'money'].includes(field.type);

/* How a record is called where it is referred to. */
export function titleOf(type, record) {
  return record[type.title_field] || record.code || `#${record.id}`;
}
