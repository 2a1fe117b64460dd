/* What a person reads on the page of a meter, against the program itself: every number is the one
 * that the API gives, in the reader's habit. */
import { check, fastest, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 7, days: 70 });
/* A home whose bills nobody has issued yet. */
const HOME = 'home-6/electricity';
const FIRST = 'home/electricity';
const LIVE_LIMIT_MS = 1000;

/* The last whole month and the one that runs, in Vietnam. */
const nowDay = new Date(Date.now() + 7 * 3600000).toISOString().slice(0, 10);
const thisMonth = nowDay.slice(0, 7);
const firstOf = (month, count) => {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + count, 1)).toISOString().slice(0, 10);
};
const month = firstOf(thisMonth, -1).slice(0, 7);
const use = (extra = '') => program.get(`/api/v1/use?series=${HOME}&from=${month}-01&to=${
  firstOf(month, 1)}&period=day${extra}`);
const bill = () => program.get(`/api/v1/bill?series=${HOME}&month=${month}`);

const vi = (value, most) => new Intl.NumberFormat('vi-VN', { maximumFractionDigits: most }).format(value);
const dong = (value) => `${vi(value, 2)}\u00a0₫`;
const flat = (text) => text.replace(/\s+/g, ' ').trim();

async function open(newPage, path, options) {
  const page = await newPage({ width: 1366, height: 768, ...options });
  await page.goto(program.url + path);
  return page;
}

/* Opens the month that is over. */
async function openMeter(newPage, extra = '') {
  const page = await open(newPage, `/meter/${HOME}?on=${month}-05${extra}`);
  await page.waitForSelector('.bill-lines');
  return page;
}

await run(async ({ test, newPage }) => {
  await test('the answer comes first, in a number and a sentence', async () => {
    const page = await openMeter(newPage);
    const answer = await use('&compare=previous');
    const digits = answer.total >= 100 ? 0 : 1;
    check.equal(flat(await page.textContent('.card-main .big')), `${vi(answer.total, digits)} kWh?`);
    check.equal(flat(await page.textContent('.card-main .sentence')), flat(answer.sentence_vi));
  });

  await test('the same page in English has English numbers and words', async () => {
    const page = await openMeter(newPage, '&lang=en');
    const answer = await use('&compare=previous');
    check.equal(flat(await page.textContent('.card-main .sentence')), flat(answer.sentence_en));
    check.match(await page.textContent('.bill-lines'), /Total/);
    check.equal(await page.getAttribute('html', 'lang'), 'en');
  });

  await test('made-up readings are marked as such', async () => {
    const page = await openMeter(newPage);
    check.equal(await page.textContent('h1 .badge'), 'số liệu minh hoạ');
  });

  await test('the bill is that of the API, to the dong, line by line', async () => {
    const page = await openMeter(newPage);
    const expected = await bill();
    const lines = await page.$$eval('.bill-lines tbody tr', (rows) => rows.map((row) => [
      row.cells[0].textContent, row.cells[1].textContent]));
    check.equal(lines.length, expected.lines.length);
    expected.lines.forEach((line, i) => {
      check.ok(flat(lines[i][0]).includes(flat(line.sentence_vi)), lines[i][0]);
      check.ok(lines[i][0].includes(line.document), 'the document is named');
      check.equal(flat(lines[i][1]), flat(dong(line.amount)));
    });
    const sums = await page.$$eval('.bill-lines tfoot td.num', (cells) => cells.map((c) => c.textContent));
    check.deepEqual(sums.map(flat), [expected.net, expected.tax, expected.total].map((n) => flat(dong(n))));
  });

  await test('a stair shows the tiers and where this home stands', async () => {
    const page = await openMeter(newPage);
    const expected = await bill();
    const tiers = expected.lines.filter((line) => line.limit_from !== null).length;
    check.equal(await page.locator('.stair .step').count(), tiers);
    await page.waitForFunction(() => document.querySelectorAll('.stair .step-outline').length === 6);
    check.match(await page.textContent('.here-text'), /kWh: nhà này/);
  });

  await test('emissions name the year of the factor and its document', async () => {
    const page = await openMeter(newPage);
    const { ghg } = await use();
    const card = flat(await page.textContent('.card:has-text("Phát thải")'));
    check.ok(card.includes(`năm ${ghg.factor_year}`), card);
    check.ok(card.includes(ghg.document), card);
  });

  await test('why is a drawer in the URL; Escape closes it and gives the focus back', async () => {
    const page = await openMeter(newPage);
    await page.focus('.card-main .why');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open] .formula');
    check.match(page.url(), /why=/);
    const shown = flat(await page.textContent('dialog'));
    const expected = await program.get(`/api/v1/why?series=${HOME}&from=${month}-01&to=${firstOf(month, 1)}`);
    check.ok(shown.includes(flat(expected.formula_vi)), shown);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !window.location.search.includes('why'));
    check.equal(await page.evaluate(() => document.activeElement.className), 'why');
  });

  await test('a line of the bill tells the row that it stands on', async () => {
    const page = await openMeter(newPage);
    await page.locator('.bill-lines .why').first().click();
    await page.waitForSelector('dialog[open] .source-row');
    const text = await page.textContent('dialog');
    const [line] = (await bill()).lines;
    check.ok(text.includes(line.document) && text.includes('đã kiểm chứng'), text);
  });

  await test('the period steps by keyboard, stands in the URL, and goes back', async () => {
    const page = await openMeter(newPage);
    await page.focus('.segments button[aria-pressed="true"]');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction((on) => window.location.search.includes(on), firstOf(month, -1));
    await page.keyboard.press('ArrowRight');
    await page.getByRole('button', { name: 'Năm', exact: true }).click();
    check.match(page.url(), /view=year/);
    await page.waitForSelector('text=Tiêu thụ từng tháng');
    await page.goBack();
    await page.waitForSelector('text=Tiêu thụ từng ngày');
    await page.reload();
    await page.waitForSelector('text=Tiêu thụ từng ngày');
  });

  await test('arrow keys read each bar aloud', async () => {
    const page = await openMeter(newPage);
    const { windows } = await use();
    await page.locator('.picker').first().focus();
    await page.keyboard.press('Home');
    const said = await page.locator('.picker').first().getAttribute('aria-valuetext');
    const size = windows[0].amount >= 10 ? 1 : 2;
    check.ok(said.startsWith(`1/${Number(month.slice(5))}/${month.slice(0, 4)}: ${
      vi(windows[0].amount, size)} kWh`), said);
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Tiêu thụ từng giờ');
    check.match(page.url(), /view=day/);
  });

  await test('the same numbers stand in a table and in a CSV', async () => {
    const page = await openMeter(newPage);
    const { windows } = await use();
    const chart = page.locator('figure.chart').first();
    const [download] = await Promise.all([page.waitForEvent('download'),
      chart.getByRole('button', { name: 'Tải về CSV' }).click()]);
    const text = (await (await download.createReadStream()).toArray()).join('');
    const rows = text.trim().split('\r\n').map((row) => row.split(','));
    check.equal(rows.length, windows.length + 1);
    check.equal(Number(rows[1][1]), windows[0].amount);
    await chart.getByRole('button', { name: 'Bảng' }).click();
    check.equal(await chart.locator('tbody tr').count(), windows.length);
  });

  await test('charts download as SVG and PNG', async () => {
    const page = await openMeter(newPage);
    for (const [format, start] of [['SVG', '<svg'], ['PNG', '\u0089PNG']]) {
      const [download] = await Promise.all([page.waitForEvent('download'),
        page.getByRole('button', { name: `Tải về ${format}` }).first().click()]);
      const [piece] = await (await download.createReadStream()).toArray();
      check.ok(piece.toString('latin1').startsWith(start), format);
    }
  });

  await test('an empty meter teaches, and shows its first reading as it arrives', async () => {
    const page = await open(newPage, `/meter/${FIRST}`);
    await page.waitForSelector('.empty pre');
    check.match(await page.textContent('.empty pre'), /curl .*\/api\/v1\/readings/);
    await page.waitForTimeout(300);
    await program.post('/api/v1/readings', { series: FIRST, value: 1234.5 });
    await page.waitForSelector('.live:has-text("1.234,5")');
  });

  await test('a new reading moves an open page within a second', async () => {
    const page = await open(newPage, `/meter/${FIRST}`);
    await page.waitForSelector('.live');
    await page.waitForTimeout(300);
    const best_ms = await fastest(3, async (i) => {
      await program.post('/api/v1/readings', { series: FIRST, value: 1240.25 + i });
      await page.waitForSelector(`.live .hidden:text-is("${vi(1240.25 + i, 2)}")`, { state: 'attached' });
    });
    check.ok(best_ms < LIVE_LIMIT_MS, `${best_ms} ms`);
  });

  await test('a correction makes a new bill; the old one stays', async () => {
    const page = await openMeter(newPage);
    await page.getByRole('button', { name: 'Phát hành hoá đơn' }).click();
    await page.waitForSelector('text=Lần 1');
    const before = await bill();
    const { items } = await program.get(`/api/v1/readings?series=${HOME}&from=${firstOf(month, 1)}&to=${
      nowDay}T23:59:59%2B07:00&limit=1`);
    await program.post('/api/v1/readings', {
      series: HOME, time: items[0].time, value: Math.round((items[0].value - 0.5) * 100) / 100 });
    await until('the bill changes', async () => (await bill()).total !== before.total, 5000);
    await page.reload();
    await page.getByLabel('Lý do tính lại').fill('chỉ số đọc nhầm');
    await page.getByRole('button', { name: 'Tính lại và phát hành' }).click();
    await until('the table has both bills',
      async () => await page.locator('#bill .scroll tbody tr').count() === 2, 5000);
    const rows = await page.$$eval('#bill .scroll tbody tr', (all) => all.map((row) => row.textContent));
    check.equal(rows.length, 2);
    check.ok(rows[0].includes('đã phát hành') && rows[0].includes('chỉ số đọc nhầm'), rows[0]);
    check.ok(rows[1].includes('đã thay thế') && rows[1].includes(vi(before.total, 0)), rows[1]);
  });

  await test('an issued bill can be read as a bill, years later', async () => {
    const page = await open(newPage, '/records/core/bills');
    await page.waitForSelector('main tbody tr');
    await page.locator('main tbody a').first().click();
    await page.waitForSelector('.bill-lines');
    await page.locator('.bill-lines .why').nth(1).click();
    await page.waitForSelector('dialog[open] .source-row');
    const { items: [first] } = await program.get('/api/v1/core/bills');
    const { lines } = await program.get(`/api/v1/core/bills/${first.id}`);
    check.ok(flat(await page.textContent('dialog .formula')).includes(flat(lines[1].sentence_vi)));
  });

  await test('the sum of a place opens to its meters, and each to its days', async () => {
    const page = await open(newPage, '/meters');
    await page.locator('.sums .panel', { hasText: 'Điện năng tiêu thụ' }).locator('.why').click();
    await page.waitForSelector('dialog[open] .why-parts');
    const first = await page.textContent('dialog h2');
    check.ok(await page.locator('dialog .why-parts > li').count() >= 7);
    await page.locator('dialog .why-parts button', { hasText: '7' }).first().click();
    await page.waitForSelector('dialog h2:has-text("tiêu thụ")');
    await page.goBack();
    await page.waitForFunction((text) => document.querySelector('dialog h2').textContent === text, first);
  });

  await test('what was corrected is marked in both charts', async () => {
    const page = await openMeter(newPage);
    await page.goto(`${program.url}/meter/${HOME}?on=${firstOf(month, 1)}`);
    await page.waitForSelector('.legend:has-text("đã đính chính")');
    await page.waitForSelector('.legend:has-text("đã được thay bằng số khác")');
    check.ok(await page.locator('circle.overwritten').count() > 0);
  });

  await test('the resident of home 7 sees home 7 and no other', async () => {
    const page = await open(newPage, '/meters?as=resident-7');
    await page.waitForSelector('.meters');
    const names = await page.$$eval('.meters tbody th .soft', (all) => all.map((one) => one.textContent));
    check.ok(names.length >= 2 && names.every((name) => name.startsWith('home-7/')), names.join());
    await page.goto(`${program.url}/meter/home-3/electricity?as=resident-7`);
    await page.waitForSelector('[role="alert"]:has-text("Không tìm thấy, hoặc bạn không được xem.")');
  });
});
