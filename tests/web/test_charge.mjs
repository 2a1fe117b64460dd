/* Every worked bill of tests/golden, read from the page of prices: totals to the dong, sentences, and
 * errors that name what is wrong. */
import { readFileSync } from 'node:fs';
import { check, run } from './browser.mjs';
import { startProgram } from './program.mjs';

const program = await startProgram({ homes: 1, days: 2 });

/* [{case, tariff, in: {}, out: {}, vi: {3: sentence}, error}] of a golden file. */
function casesOf(name) {
  const text = readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8');
  return text.split(/\n\s*\n/).map((block) => {
    const found = { in: {}, out: {}, vi: {}, en: {} };
    for (const line of block.split('\n')) {
      const [, key, number, value] = /^(\w+)(?: (\d+))?: ?(.*)$/.exec(line) ?? [];
      if (key === 'in' || key === 'out') {
        for (const pair of value.split(' ')) {
          const [field, ...rest] = pair.split('=');
          found[key][field] = rest.join('=');
        }
      } else if (number && (key === 'vi' || key === 'en')) found[key][number] = value;
      else if (key) found[key] = value;
    }
    return found;
  }).filter((one) => one.case);
}

const flat = (text) => text.replace(/\s+/g, ' ').trim();
const SIGNS = { VND: '₫', KRW: '₩' };
const money = (amount, currency) => `${new Intl.NumberFormat('vi-VN').format(amount)} ${SIGNS[currency]}`;

async function show(page, one, lang = '') {
  const query = new URLSearchParams({ tariff: one.tariff, ...one.in, ...(lang ? { lang } : {}) });
  await page.goto(`${program.url}/charge?${query}`);
  await page.waitForSelector('.bill-lines, main > div > [role="alert"]');
}

async function compare(page, one) {
  await show(page, one);
  if (one.error) {
    const alert = flat(await page.textContent('main > div > [role="alert"]'));
    for (const number of one.says?.match(/\d[\d-]*/g) ?? []) {
      check.ok(alert.includes(number), `${one.case}: ${alert}`);
    }
    return;
  }
  const currency = one.out.currency ?? (one.tariff.startsWith('kepco') ? 'KRW' : 'VND');
  if (one.out.total) {
    check.equal(flat(await page.textContent('.total')), money(Number(one.out.total), currency), one.case);
  }
  const sums = await page.$$eval('.bill-lines tfoot td.num', (cells) => cells.map((cell) => cell.textContent));
  if (one.out.net) check.equal(flat(sums[0]), money(Number(one.out.net), currency), one.case);
  if (one.out.tax) check.equal(flat(sums[1]), money(Number(one.out.tax), currency), one.case);
  const lines = await page.$$eval('.bill-lines tbody tr', (rows) => rows.map((row) => row.cells[0].textContent));
  if (one.out.lines) check.equal(lines.length, Number(one.out.lines), one.case);
  for (const [number, sentence] of Object.entries(one.vi)) {
    check.ok(flat(lines[number - 1]).includes(flat(sentence)), `${one.case}: ${lines[number - 1]}`);
  }
}

await run(async ({ test, newPage }) => {
  for (const name of ['energy_bills.txt', 'water_bills.txt']) {
    await test(`every bill of ${name} is exact on the page`, async () => {
      const page = await newPage({ width: 1000, height: 700 });
      const cases = casesOf(name);
      check.ok(cases.length > 10);
      for (const one of cases) await compare(page, one);
    });
  }

  await test('a bill is asked for with the keyboard, in the numbers of the reader', async () => {
    const page = await newPage({ width: 1000, height: 700 });
    await page.goto(`${program.url}/charge`);
    await page.getByLabel('Biểu giá').selectOption('evn-residential');
    await page.getByLabel('Trong tháng có ngày').fill('2025-06-15');
    await page.getByLabel('Lượng tiêu thụ (kWh)').fill('400');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.bill-lines');
    check.equal(flat(await page.textContent('.total')), '1.160.460 ₫');
    check.match(flat(await page.textContent('.bill-lines tfoot')), /1\.074\.500 ₫.*85\.960 ₫.*1\.160\.460 ₫/);
    check.match(page.url(), /quantity=400/);
    check.match(flat(await page.textContent('main')), /263,68|264 kg CO₂/);
  });

  await test('English sentences go with English numbers', async () => {
    const page = await newPage({ width: 1000, height: 700 });
    const one = casesOf('energy_bills.txt').find((found) => found.en[3]);
    await show(page, one, 'en');
    const lines = await page.$$eval('.bill-lines tbody tr', (rows) => rows.map((row) => row.cells[0].textContent));
    check.ok(flat(lines[2]).includes(flat(one.en[3])), lines[2]);
    check.equal(flat(await page.textContent('.total')), '1,160,460 ₫');
  });

  await test('what is wrong stands beside its field', async () => {
    const page = await newPage({ width: 1000, height: 700 });
    await page.goto(`${program.url}/charge?tariff=evn-residential&on=2025-06-15&quantity=-5`);
    await page.waitForSelector('.field-wrong .field-error');
    check.equal(await page.getAttribute('.field-wrong input', 'name'), 'quantity');
  });
});
