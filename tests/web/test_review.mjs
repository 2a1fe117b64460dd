/* The officer's desk: what waits, opened beside the list, decided by keyboard; who is late, and the
 * letter that reminds them. */
import { readFile } from 'node:fs/promises';
import { noSerious } from './axe.mjs';
import { check, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 2, days: 5, clock: '' });
const OFFICER = { 'Xanh-View-As': 'officer' };
const as = (path) => program.ask('GET', path, undefined, OFFICER).then(({ body }) => body);
const inState = async (state) => (await as(`/api/v1/programme/reports?state=${state}&limit=200`)).items;

async function open(newPage, path, options = {}) {
  const page = await newPage({ width: 1366, height: 768, eyes: null, ...options });
  await page.goto(`${program.url}${path}${path.includes('?') ? '&' : '?'}as=officer`);
  await page.waitForSelector('main h1');
  await page.waitForFunction(() => !document.querySelector('.waiting'));
  return page;
}

const opened = (page) => Number(new URL(page.url()).searchParams.get('report'));
const text = (page, selector) => page.locator(selector).first().innerText();

await run(async ({ test, newPage }) => {
  await test('the home counts what waits and who is late', async () => {
    const page = await open(newPage, '/home');
    const waiting = (await inState('submitted')).length
      + (await as('/api/v1/industry/cases?state=submitted&limit=200')).items.length;
    const counts = await page.locator('.home-officer .big-value').allInnerTexts();
    check.equal(Number(counts[0]), waiting);
    check.ok(Number(counts[1]) > 0);
    await noSerious(page, 'the home of an officer');
  });

  await test('the workbook of one case file is taken from the desk', async () => {
    const { items: [file] } = await as('/api/v1/industry/cases?state=approved&limit=1');
    const page = await open(newPage, '/review?tab=approved');
    const taking = page.waitForEvent('download');
    await page.getByRole('button', { name: `XLSX, ${file.title}` }).click();
    const taken = await taking;
    check.equal(taken.suggestedFilename(), `${file.code}.xlsx`);
    check.equal((await readFile(await taken.path())).subarray(0, 2).toString(), 'PK');
    await page.context().close();
  });

  await test('the desk shows what waits and opens one beside it', async () => {
    const [first] = await inState('submitted');
    const page = await open(newPage, '/review');
    await page.getByText(first.party_label).first().click();
    await page.waitForSelector('.report-view .answers');
    check.equal(await text(page, '.report-view h2'), first.title);
    check.equal(opened(page), first.id);
    check.ok((await text(page, '.report-view')).includes(first.place_label));
    await noSerious(page, 'a report on the desk');
  });

  await test('the list is filtered by what it is about and by words without their marks', async () => {
    const page = await open(newPage, '/review?tab=approved');
    const all = await page.locator('.review-row').count();
    const [, about] = await page.locator('.review-filters option').allInnerTexts();
    await page.selectOption('.review-filters select', about);
    await page.waitForFunction((n) => document.querySelectorAll('.review-row').length < n, all);
    const name = (await inState('approved'))[0].place_label;
    await page.selectOption('.review-filters select', '');
    await page.fill('#review-search', name.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D'));
    await page.waitForFunction((n) => document.querySelectorAll('.review-row').length < n, all);
    check.ok((await page.locator('.review-row').allInnerTexts()).every((row) => row.includes(name)));
  });

  await test('j and k walk, r returns with a reason, a approves', async () => {
    const before = await inState('submitted');
    const page = await open(newPage, '/review');
    await page.keyboard.press('j');
    await page.waitForSelector('.report-view .decide');
    const first = opened(page);
    await page.keyboard.press('j');
    await page.waitForURL((url) => Number(url.searchParams.get('report')) !== first);
    await page.waitForSelector('.report-view .decide');
    await page.keyboard.press('k');
    await page.waitForURL((url) => Number(url.searchParams.get('report')) === first);
    await page.waitForSelector('.report-view .decide');
    await page.keyboard.press('r');
    await page.fill('.return-form textarea', 'thiếu ảnh, xin bổ sung');
    await page.getByRole('button', { name: 'Trả lại', exact: true }).last().click();
    await page.waitForSelector('text=Đã trả lại:');
    const id = first;
    const returned = await as(`/api/v1/programme/reports/${id}`);
    check.deepEqual([returned.state, returned.review], ['returned', 'thiếu ảnh, xin bổ sung']);
    await page.waitForSelector('.report-view .decide');
    const next = opened(page);
    check.ok(before.some((report) => report.id === next && next !== id));
    await page.keyboard.press('a');
    await page.waitForSelector('text=Đã duyệt:');
    check.equal((await as(`/api/v1/programme/reports/${next}`)).state, 'approved');
    check.equal((await inState('submitted')).length, before.length - 2);
  });

  await test('the list and one report come as XLSX', async () => {
    const [report] = await inState('approved');
    const page = await open(newPage, `/review?tab=approved&report=${report.id}`);
    for (const name of ['Tải danh sách (XLSX)', 'Tải báo cáo (XLSX)']) {
      const waiting = page.waitForEvent('download');
      await page.getByRole('button', { name }).click();
      check.match((await waiting).suggestedFilename(), /\.xlsx$/);
    }
    const answer = await fetch(`${program.url}/api/v1/programme/reports.xlsx?id=${report.id}`, { headers: OFFICER });
    check.equal(answer.status, 200);
    check.ok((await answer.arrayBuffer()).byteLength > 2000);
  });

  await test('who is late stands with the days, and a letter is ready', async () => {
    const page = await open(newPage, '/review?tab=late');
    const rows = (await as(`/api/v1/programme/reports/overdue?day=${(await program.get('/api/v1/demo')).now.slice(0, 10)}`)).items;
    check.equal(await page.locator('.late-row').count(), rows.length);
    check.ok((await text(page, '.late-row')).includes(`chậm ${rows[0].days_late} ngày`));
    await page.getByRole('button', { name: 'Nhắc' }).first().click();
    const letter = await text(page, '.letter');
    check.ok(letter.includes(rows[0].party_name) && letter.includes(rows[0].title));
    check.match(await page.locator('.letter a').getAttribute('href'), /^mailto:\?subject=/);
    await noSerious(page, 'who is late');
  });

  await test('on a phone the report takes the place of the list, and nothing is wider than it', async () => {
    const [report] = await inState('approved');
    const page = await open(newPage, `/review?tab=approved&report=${report.id}&lang=en`, { width: 360, height: 740 });
    await page.waitForSelector('.report-view .answers');
    check.equal(await page.locator('.desk-list').isVisible(), false);
    check.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
    await noSerious(page, 'a report on a phone');
  });
});
