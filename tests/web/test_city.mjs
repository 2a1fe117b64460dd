/* The city of the demonstration, on the program itself: what a visitor sees in the first minute, and
 * that its numbers come from the case files and reports, nowhere else. */
import { readFileSync } from 'node:fs';
import { noSerious } from './axe.mjs';
import { check, fastest, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 7, days: 40, clock: '' });
const standing = (query = '') => program.get(`/api/v1/programme/do/place_standing${query}`);
const flat = (text) => text.replace(/\s+/g, ' ');

async function open(newPage, path, options = {}) {
  const page = await newPage({ width: 1366, height: 768, eyes: null, ...options });
  await page.goto(program.url + path);
  await page.waitForSelector('main h1');
  await page.waitForFunction(() => !document.querySelector('.waiting'));
  return page;
}

const HOMES = ['resident-7', 'business', 'operator', 'officer', 'auditor', 'public'];

await run(async ({ test, newPage }) => {
  await test('without a login the first page says where Hanoi stands, in both languages', async () => {
    const data = await standing();
    for (const lang of ['vi', 'en']) {
      const page = await open(newPage, `/?lang=${lang}`);
      check.ok((await page.textContent('h1')).startsWith(data[`title_${lang}`]));
      check.equal(await page.textContent('.place-sentence'), data[`sentence_${lang}`]);
      check.equal(await page.locator('.target-row').count(), data.target_count);
      check.equal(await page.locator('.door').count(), 6);
      await page.context().close();
    }
    check.match(data.sentence_vi, /11 trên 126 phường, xã chưa báo cáo/);
  });

  await test('every ward and commune is on the map, as it has reported', async () => {
    const data = await standing();
    const page = await open(newPage, '/');
    await page.waitForSelector('.map .area');
    check.equal(await page.locator('.map .area').count(), 126);
    for (const state of ['reported', 'late', 'missing']) {
      check.equal(await page.locator(`.area-${state}`).count(), data[state], state);
    }
    const missing = data.units.find((unit) => unit.state === 'missing');
    await page.locator(`[id$="-${missing.code}"]`).click();
    await page.waitForSelector(`.unit-card h3:has-text("${missing.name}")`);
  });

  await test('the results of 2023 are computed from the files, beside what was published', async () => {
    const page = await open(newPage, '/?year=2023');
    const texts = (await page.locator('.result').allTextContents()).map(flat);
    for (const number of ['3,61', '7,1', '16,2', '7,92', '85', '60', '100', '30']) {
      check.ok(texts.some((text) => new RegExp(`Tính từ hồ sơ.?${number.replace(',', '\\,')}[^\\d,]`)
        .test(text.replace('−', ''))), `${number} in ${texts.join('\n')}`);
    }
    check.equal(await page.locator('main [role="alert"]').count(), 0);
  });

  await test('one file less is told, never silently better', async () => {
    const { items } = await program.get('/api/v1/industry/cases?year=2023&state=approved&limit=100');
    check.equal(items.length, 30);
    await program.post(`/api/v1/industry/cases/${items[0].id}/withdraw`, { reason: 'sai số liệu' },
      { 'If-Match': `"${items[0].version}"` });
    await until('the page to know', async () => (await standing('?year=2023')).results
      .some(({ missing }) => missing > 0), 5000);
    const page = await open(newPage, '/?year=2023');
    check.match(flat(await page.textContent('main [role="alert"]')), /29 trong 30/);
  });

  await test('a target opens to who is behind it; names are for those who may see them', async () => {
    const page = await open(newPage, '/');
    await page.locator('.target-name', { hasText: 'Chợ' }).click();
    await page.waitForSelector('.target-answer');
    await page.waitForSelector('.empty-title:has-text("20 đơn vị đứng sau")');
    await page.getByRole('button', { name: 'Xem như cán bộ quản lý' }).click();
    await page.waitForSelector('.members tbody tr');
    const rows = await page.locator('.members tbody tr').allTextContents();
    check.equal(rows.length, 20);
    check.match(rows[0], /chưa đạt/);
    check.match(rows.at(-1), /đang đạt|đã đạt/);
    const [download] = await Promise.all([page.waitForEvent('download'),
      page.getByRole('button', { name: 'XLSX' }).click()]);
    check.equal(readFileSync(await download.path()).toString('latin1', 0, 2), 'PK');
  });

  await test('a ward is found by its name and says whether it reported', async () => {
    const page = await open(newPage, '/');
    await page.keyboard.press('/');
    await page.keyboard.type('ba dinh');
    await page.waitForSelector('.place-search [role="option"]:has-text("Phường Ba Đình")');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.unit-large');
  });

  await test('each door leads to its cards, three at least', async () => {
    for (const name of HOMES) {
      const page = await open(newPage, `/home?as=${name}`);
      await page.waitForSelector('.home-cards .card >> nth=2');
      await page.context().close();
    }
  });

  await test('axe finds nothing serious, in both languages, wide and narrow, light and dark', async () => {
    const paths = ['/', '/?year=2023', '/target/THN26-05?as=officer', '/target/THN26-01',
      ...HOMES.map((name) => `/home?as=${name}`)];
    for (const [lang, width, height, colorScheme] of [['vi', 1366, 768, 'dark'], ['en', 360, 740, 'light']]) {
      for (const path of paths) {
        const page = await open(newPage, `${path}${path.includes('?') ? '&' : '?'}lang=${lang}`,
          { width, height, colorScheme });
        await noSerious(page, `${path} ${lang} ${width}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        check.ok(over <= 0, `${path} ${width}: ${over} px too wide`);
        await page.context().close();
      }
    }
  });

  await test('no request leaves the host', async () => {
    const page = await newPage({ eyes: null });
    const foreign = [];
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== program.url) foreign.push(request.url());
    });
    for (const path of ['/', '/?year=2023', '/target/THN26-02', '/home', '/place/vn-00004']) {
      await page.goto(program.url + path);
      await page.waitForLoadState('networkidle');
    }
    check.deepEqual(foreign, []);
  });

  await test('the first view is there within a second', async () => {
    const page = await newPage({ width: 1366, height: 768, eyes: null });
    const best_ms = await fastest(5, async () => {
      await page.goto(program.url);
      await page.waitForSelector('.target-row');
    });
    check.ok(best_ms < 1000, `${best_ms} ms`);
  });
});
