/* Bringing one's own bills on the page: a visitor looks and keeps nothing; questions, mistakes beside
 * their rows, roles of columns; kept, and taken back. In both languages, wide and on a phone. */
import { noSerious } from './axe.mjs';
import { check, run } from './browser.mjs';
import { startProgram } from './program.mjs';

const program = await startProgram({ homes: 1, days: 2 });

const file = (text, name = 'bills.csv') => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
const GOOD = 'Tháng;Điện (kWh);Tiền điện\n6/2025;400;1.160.460\n7/2025;300;798.660\n9/2025;500;1.534.140\n';
const MESSY = 'Điện nhà tôi;;;\nTháng;Điện (kWh);Tiền điện\nT6;400;1.160.460\nT7;nhiều;900.000\nT13;300;798.660\n';
const NAMELESS = 'a,b,c\n1/2025,5,400\n2/2025,6,410\n3/2025,7,420\n';

async function open(newPage, path, options) {
  const page = await newPage({ width: 1366, height: 768, ...options });
  await page.goto(program.url + path);
  await page.waitForSelector('.drop');
  return page;
}

async function bring(page, chosen) {
  await page.setInputFiles('input[type="file"]', chosen);
  await page.waitForSelector('.bring-look');
  await page.waitForFunction(() => !document.querySelector('main progress'));
}

const findingsOf = (page) => page.$$eval('.finding-text', (all) => all.map((one) => one.textContent.replaceAll('\u00a0', ' ')));

/* Waits until another look has come. */
async function after(page, act) {
  const answer = page.waitForResponse((response) => response.url().includes('/api/v1/bring?'));
  await act();
  await answer;
  await page.waitForFunction(() => !document.querySelector('main progress'));
}

await run(async ({ test, newPage }) => {
  for (const [lang, says, kept] of [['vi', 'tính ra 1.534.140 ₫, đúng với hoá đơn', 'không được lưu'],
    ['en', 'come to 1,534,140 ₫, exactly as the bill says', 'not stored']]) {
    await test(`a visitor drops bills and reads the first finding, and keeps nothing (${lang})`, async () => {
      const page = await open(newPage, `/data?as=public&lang=${lang}`);
      await bring(page, file(GOOD));
      const findings = await findingsOf(page);
      check.ok(findings[0].includes(says), findings[0]);
      check.ok(findings.some((one) => /8\/2025|August 2025/.test(one)), 'the month that is missing');
      check.ok((await page.textContent('main')).includes(kept));
      check.equal(await page.$('.take button'), null);
      await noSerious(page, `findings, ${lang}`);
    });
  }

  await test('the sample shows a bill that differs, without any file', async () => {
    const page = await open(newPage, '/data?as=public');
    await page.click('.bring-more button');
    await page.waitForSelector('.finding');
    check.match((await findingsOf(page))[0], /nhiều hơn 120\.000 ₫/);
    check.ok(await page.$('.finding svg.plot'));
  });

  await test('a year that is missing is asked; mistakes stand beside their rows', async () => {
    const page = await open(newPage, '/data?as=public');
    await bring(page, file(MESSY));
    check.equal(await page.$('.finding'), null);
    await after(page, () => page.selectOption('.questions select', '2025'));
    check.match((await findingsOf(page))[0], /1\.160\.460 ₫, đúng với hoá đơn/);
    const faults = await page.$$eval('.fault-row', (rows) => rows.map((row) => row.textContent));
    check.equal(faults.length, 2);
    check.match(faults[0], /^B4: ô này không phải là một số; chỉ để lại chữ số/);
    check.match(faults[1], /^A5: ô này không phải là một tháng/);
    check.deepEqual(await page.$$eval('td.is-fault', (cells) => cells.map((cell) => cell.textContent)),
      ['nhiều', 'T13']);
  });

  await test('columns whose names say nothing are named by whoever brings them', async () => {
    const page = await open(newPage, '/data?as=public&lang=en');
    await bring(page, file(NAMELESS));
    check.match(await page.textContent('.bring-look'), /No bill was recognised/);
    await after(page, () => page.selectOption('.sheet-table thead th:nth-child(4) select', 'quantity'));
    await after(page, () => page.selectOption('.questions select', 'electricity'));
    check.match(await page.textContent('.bring-look .sentence'), /Bills understood: 3/);
    check.ok((await findingsOf(page)).some((one) => one.includes('420 kWh')));
  });

  await test('bills are kept and taken back', async () => {
    const page = await open(newPage, '/data?as=operator&lang=en');
    await bring(page, file(GOOD, 'mine.csv'));
    await page.click('.take .primary');
    await page.waitForSelector('.take a');
    const list = (await program.get('/api/v1/core/own_bills')).items;
    check.equal(list.length, 3);
    check.equal((await program.get('/api/v1/core/imports')).items.at(-1).file, 'mine.csv');
    await page.click('.take button');
    await page.waitForFunction(() => document.querySelector('main').textContent.includes('bills are gone'));
    check.equal((await program.get('/api/v1/core/own_bills')).items.length, 0);
  });

  await test('what is no table is refused with a sentence', async () => {
    const page = await open(newPage, '/data?as=public&lang=en');
    await page.setInputFiles('input[type="file"]', file('PK\u0003\u0004nonsense', 'broken.xlsx'));
    await page.waitForSelector('[role="alert"]');
    check.match(await page.textContent('[role="alert"]'), /workbook/i);
  });

  await test('the empty workbook is had, and read as it is', async () => {
    const answer = await fetch(`${program.url}/api/v1/bring/template.xlsx`);
    check.equal(answer.status, 200);
    const book = Buffer.from(await answer.arrayBuffer());
    const page = await open(newPage, '/data?as=public');
    await bring(page, { name: 'xanh-bills.xlsx', mimeType: 'application/octet-stream', buffer: book });
    check.match((await findingsOf(page))[0], /400 kWh tính ra 1\.160\.460 ₫, đúng với hoá đơn/);
  });

  await test('it works on a phone, and nothing is wider than it', async () => {
    const page = await open(newPage, '/data?as=public', { width: 320, height: 640 });
    await bring(page, file(MESSY));
    check.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    for (const tab of ['send', 'devices']) {
      await page.goto(`${program.url}/data?as=operator&tab=${tab}`);
      await page.waitForSelector('main .panel, main .empty');
      check.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), tab);
      await noSerious(page, tab);
    }
  });
});
await program.stop();
