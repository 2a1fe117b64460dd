/* i18n: words and numbers in the reader's habit. The language is in the URL (?lang=en), Vietnamese
 * without it. Numbers come exact from the server; here they only get their separators. */
import { useMemo } from 'react';
import { useView } from '../route.jsx';
import { localOf, partsOf } from '../ui/dates.js';
import en from './en.js';
import vi from './vi.js';

export const WORDS = { vi, en };

const MONTHS_EN = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August',
  'September', 'October', 'November', 'December'];

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/* Everything that a page says, in one language. */
export function wordsOf(lang) {
  const locale = lang === 'en' ? 'en-GB' : 'vi-VN';
  return {
    lang,
    locale,
    t: (key, values = {}) => fill(WORDS[lang][key] ?? key, values),
    /* A word for a value of the server ("issued"), or the value itself. */
    term: (prefix, value) => WORDS[lang][`${prefix}.${value}`] ?? value,
    pick: (object, name) => object?.[`${name}_${lang}`] ?? object?.[`${name}_en`] ?? '',
    number: (value, decimals) => formatNumber(value, decimals, locale),
    exact: (value) => formatExact(value, lang),
    money: (value, currency = 'VND') => formatMoney(value, currency, locale),
    /* From the smallest unit of the currency, as records keep it. */
    moneyMinor: (value, currency = 'VND') => formatMoney(
      value === null || value === undefined ? null : value / 10 ** (MINOR_DIGITS[currency] ?? 0),
      currency, locale),
    day: (text) => formatDay(text, lang),
    dayShort: (text) => formatDayShort(text, lang),
    month: (text) => formatMonth(text, lang),
    time: (text, zone) => formatTime(text, zone, lang),
    clock: (text, zone) => formatClock(localOf(text, zone)),
  };
}

export function useWords() {
  const lang = useView().query.lang === 'en' ? 'en' : 'vi';
  return useMemo(() => wordsOf(lang), [lang]);
}

export function formatNumber(value, decimals, locale) {
  if (value === null || value === undefined || value === '') return '–';
  const size = Math.abs(Number(value));
  const options = decimals === undefined
    ? { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2 }
    : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return new Intl.NumberFormat(locale, options).format(Number(value));
}

/* All digits as they came; only the separators change. What a sum of doubles leaves behind
 * (130.83299999999963) is rounded away. */
const DIGITS_MAX = 9;
export function formatExact(value, lang) {
  if (value === null || value === undefined || value === '') return '–';
  const text = String(value);
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text;
  if ((text.split('.')[1] ?? '').length > DIGITS_MAX) {
    return formatExact(String(Number(Number(text).toPrecision(DIGITS_MAX))), lang);
  }
  const [whole, part] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, lang === 'en' ? ',' : '.');
  return part === undefined ? grouped : `${grouped}${lang === 'en' ? '.' : ','}${part}`;
}

const SIGNS = { VND: '₫', KRW: '₩', JPY: '¥', USD: 'US$', SGD: 'S$' };
const MINOR_DIGITS = { USD: 2, SGD: 2 };

/* The amount in the currency's main unit. */
export function formatMoney(value, currency, locale) {
  if (value === null || value === undefined) return '–';
  const digits = MINOR_DIGITS[currency] ?? 0;
  const text = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 0, maximumFractionDigits: Math.max(digits, 2),
  }).format(Number(value));
  return `${text}\u00a0${SIGNS[currency] ?? currency}`;
}

/* 15/6/2025 · 15 June 2025 */
export function formatDay(text, lang) {
  if (!text) return '–';
  const { year, month, day } = partsOf(text);
  return lang === 'en' ? `${day} ${MONTHS_EN[month - 1].slice(0, 3)} ${year}`
    : `${day}/${month}/${year}`;
}

export function formatDayShort(text, lang) {
  const { month, day } = partsOf(text);
  return lang === 'en' ? `${day} ${MONTHS_EN[month - 1].slice(0, 3)}` : `${day}/${month}`;
}

export function formatMonth(text, lang) {
  const { year, month } = partsOf(text);
  return lang === 'en' ? `${MONTHS_EN[month - 1]} ${year}` : `tháng ${month}/${year}`;
}

function formatClock({ hour, minute }) {
  return `${hour}:${String(minute).padStart(2, '0')}`;
}

export function formatTime(text, zone, lang) {
  if (!text) return '–';
  const local = localOf(text, zone);
  const day = `${local.year}-${local.month}-${local.day}`;
  return lang === 'en' ? `${formatDay(day, lang)}, ${formatClock(local)}`
    : `${formatClock(local)} ngày ${formatDay(day, lang)}`;
}
