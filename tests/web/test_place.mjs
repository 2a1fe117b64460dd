/* The first page: where a city stands, its map, the year that was published, one target, and the
 * homes. Looks and rare answers with samples that are the same each time; then the program itself. */
import { readFileSync } from 'node:fs';
import { noSerious } from './axe.mjs';
import { check, run } from './browser.mjs';
import { startMock } from './mock.mjs';

const mock = await startMock(0, Date.parse('2026-11-25T13:00:00Z'), { hasPlan: true });
const LONG_AGO = '2023';

async function open(newPage, path, options = {}) {
  const page = await newPage({ width: 1366, height: 768, eyes: null, ...options });
  await page.goto(mock.url + path);
  await page.waitForSelector('main h1');
  await page.waitForFunction(() => !document.querySelector('.waiting'));
  return page;
}

const PAGES = {
  place: '/', table: '/?units=missing', published: `/?year=${LONG_AGO}`, chosen: '/?unit=vn-10003',
  unit: '/place/vn-10003', target: '/target/THN26-01', home: '/home', nothing: '/?year=2024',
};

await run(async ({ test, newPage }) => {
  await test('the first page says where the city stands, to everybody', async () => {
    const page = await open(newPage, '/');
    check.equal(await page.getByLabel('Xem như').inputValue(), 'public');
    check.match(await page.textContent('h1'), /^Hà Nội · Kế hoạch sản xuất và tiêu dùng bền vững 2026/);
    check.match(await page.textContent('h1'), /số liệu minh hoạ/);
    check.equal(await page.textContent('.place-sentence'),
      '5 mục tiêu: 2 đạt, 1 chưa đạt, 2 chưa biết; 11 trên 126 phường, xã chưa báo cáo.');
    check.deepEqual(await page.locator('.target-row .verdict').allTextContents(),
      ['chưa biết', 'chưa biết', 'đang đạt', 'đang đạt', 'chưa đạt']);
    check.equal(await page.locator('.target-row', { hasText: 'kiểm chứng một phần' }).count(), 5);
    check.equal(await page.locator('.door').count(), 6);
  });

  await test('a bar is as long as its number, and what is missing is hatched', async () => {
    const page = await open(newPage, '/');
    const wards = page.locator('.target-row', { hasText: 'Phường, xã tuyên truyền' });
    const widths = await wards.locator('svg.target-bar').evaluate((svg) => {
      const width = (name) => svg.querySelector(name).getBoundingClientRect().width;
      return { all: width('.bar-all'), value: width('.bar-value'), missing: width('.bar-missing') };
    });
    check.ok(Math.abs(widths.value / widths.all - 0.913) < 0.01, JSON.stringify(widths));
    check.ok(Math.abs(widths.missing / widths.all - 11 / 126) < 0.01, JSON.stringify(widths));
    check.match(await wards.locator('.bar-missing').getAttribute('fill'), /^url\(#/);
  });

  await test('the map counts who reported, names what one points at, and opens it', async () => {
    const page = await open(newPage, '/');
    await page.waitForSelector('.map .area');
    check.equal(await page.locator('.map .area').count(), 126);
    const counts = (await page.locator('.map-legend strong').allTextContents()).map(Number);
    check.equal(counts.reduce((a, b) => a + b), 126);
    check.equal(await page.locator('.area-missing').count(), counts[2]);
    await page.locator('[id$="-vn-10003"]').hover();
    await page.waitForSelector('.place-units .readout:has-text("Phường Mẫu 4: chưa báo cáo")');
    await page.locator('[id$="-vn-10003"]').click();
    await page.waitForSelector('.unit-card:has-text("hạn 30/6/2026")');
    check.match(page.url(), /unit=vn-10003/);
    check.equal(await page.locator('.unit-card a', { hasText: 'Xem báo cáo' }).count(), 0);
    await page.locator('.unit-card a', { hasText: 'Xem nơi này' }).click();
    await page.waitForSelector('.unit-large:has-text("Chưa báo cáo")');
  });

  await test('the map is walked with the arrow keys', async () => {
    const page = await open(newPage, '/');
    await page.waitForSelector('.map .area');
    await page.focus('.map');
    await page.keyboard.press('ArrowRight');
    const first = await page.textContent('.place-units .readout');
    await page.keyboard.press('ArrowRight');
    const second = await page.textContent('.place-units .readout');
    check.match(first, /: (đã|báo|chưa)/);
    check.notEqual(first, second);
    const active = await page.getAttribute('.map', 'aria-activedescendant');
    check.equal(await page.getAttribute(`[id="${active}"]`, 'aria-label'), second);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.unit-card');
  });

  await test('the same is a list, by state', async () => {
    const page = await open(newPage, '/');
    await page.locator('.place-units').getByRole('button', { name: 'Bảng' }).click();
    check.equal(await page.locator('.place-units tbody tr').count(), 126);
    await page.locator('.map-legend button', { hasText: 'chưa báo cáo' }).click();
    await page.waitForURL(/units=missing/);
    const states = await page.locator('.place-units tbody tr .unit-state').allTextContents();
    check.ok(states.length === 12 && states.every((state) => state === 'chưa báo cáo'), states.join());
    const [download] = await Promise.all([page.waitForEvent('download'),
      page.locator('.place-units').getByRole('button', { name: 'Tải về CSV' }).click()]);
    const text = readFileSync(await download.path(), 'utf8');
    check.equal(text.trim().split('\r\n').length, 13);
    check.ok(text.startsWith('code,name,state,due'), text.slice(0, 40));
  });

  await test('map and bars are saved as pictures', async () => {
    const page = await open(newPage, '/');
    await page.waitForSelector('.map .area');
    for (const [where, format, start] of [['.place-units', 'PNG', '\x89PNG'], ['.place-units', 'SVG', '<svg'],
      ['.place-targets', 'SVG', '<svg'], ['.place-targets', 'PNG', '\x89PNG']]) {
      const [download] = await Promise.all([page.waitForEvent('download'),
        page.locator(where).getByRole('button', { name: `Tải về ${format}` }).click()]);
      const file = readFileSync(await download.path());
      check.ok(file.toString('latin1').startsWith(start), `${where} ${format}`);
      if (format === 'SVG' && where === '.place-targets') check.match(file.toString(), /Làng nghề/);
    }
  });

  await test('a year back, what is computed stands beside what was published', async () => {
    const page = await open(newPage, '/');
    await page.getByRole('button', { name: LONG_AGO }).click();
    await page.waitForURL(/year=2023/);
    await page.waitForSelector('.result');
    const material = page.locator('.result', { hasText: 'Giảm định mức nguyên liệu' });
    check.match(await material.textContent(), /Tính từ hồ sơ3,61 %.*Đã công bố3,61 %/);
    check.match(await page.locator('.result', { hasText: 'Giải pháp đề xuất' }).textContent(), /194.*hơn 190/);
    check.match(await page.locator('.result', { hasText: 'Cuộc gặp' }).textContent(), /chỉ có số công bố/);
    check.equal(await page.locator('[role="alert"]').count(), 0);
  });

  await test('a file that is missing is told before any number', async () => {
    mock.state.isLacking = true;
    const page = await open(newPage, `/?year=${LONG_AGO}`);
    mock.state.isLacking = false;
    check.match(await page.textContent('[role="alert"]'), /Chưa đủ hồ sơ.*29 trong 30 hồ sơ; thiếu 1/);
    const [alert, first] = await Promise.all(['[role="alert"]', '.result'].map(
      (selector) => page.locator(selector).first().boundingBox()));
    check.ok(alert.y < first.y);
  });

  await test('a target tells who is behind it, the missing ones first', async () => {
    const page = await open(newPage, '/');
    await page.locator('.target-name', { hasText: 'Giảm nguyên liệu' }).click();
    await page.waitForURL(/\/target\/THN26-01\?year=2026/);
    await page.waitForSelector('.members tbody tr');
    check.match(await page.textContent('.target-answer'), /−6,2 %.*chưa biết.*27 trong 30 doanh nghiệp; thiếu 3/);
    const rows = await page.locator('.members tbody tr').allTextContents();
    check.match(rows[0], /Công ty mẫu 1.*chưa có/);
    check.match(rows[2], /2,1 %.*chưa đạt.*đã duyệt/);
    check.equal(rows.length, 25);
    await page.getByRole('button', { name: 'Xem cả 30' }).click();
    check.equal(await page.locator('.members tbody tr').count(), 30);
    check.match(await page.locator('.members a').first().getAttribute('href'), /^\/firm\/firm-1/);
  });

  await test('a number opens its reason', async () => {
    const page = await open(newPage, '/');
    await page.locator('.target-value').first().click();
    await page.waitForURL(/why=record%3Dprogramme.target/);
    await page.waitForSelector('dialog.drawer[open]');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !window.location.search.includes('why='));
  });

  await test('a place is found without its marks, from anywhere by one key', async () => {
    const page = await open(newPage, '/');
    await page.keyboard.press('/');
    await page.keyboard.type('phuong mau 64');
    await page.waitForSelector('.place-search [role="option"]:has-text("Phường Mẫu 64")');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/place\/vn-10063/);
    await page.waitForSelector('h1:has-text("Phường Mẫu 64")');
    await page.keyboard.press('/');
    await page.keyboard.type('nowhere');
    await page.waitForSelector('.place-search [role="option"]:has-text("Không có nơi nào")');
    await page.keyboard.press('Escape');
    check.equal(await page.locator('.place-search input').inputValue(), '');
    await page.keyboard.press('Escape');
    check.notEqual(await page.evaluate(() => document.activeElement.tagName), 'INPUT');
  });

  await test('a door leads into the home of who is behind it', async () => {
    const page = await open(newPage, '/');
    await page.locator('.door-public').click();
    await page.waitForURL(/\/home\?as=public/);
    await page.waitForSelector('.home-cards > .card');
    check.equal(await page.locator('.home-cards > .card').count(), 3);
    await page.getByLabel('Mã, tên đơn vị hoặc nội dung').fill('bia mau');
    await page.waitForSelector('.claim:has-text("đã xác minh")');
    await page.getByLabel('Mã, tên đơn vị hoặc nội dung').fill('không có');
    await page.waitForSelector('text=Không thấy công bố nào như vậy');
  });

  await test('while history is made the page says how far it is', async () => {
    mock.state.making = { text_vi: 'Đang dựng 300 nhà', text_en: 'Making 300 homes', done: 30, total: 300 };
    const page = await open(newPage, '/');
    await page.waitForSelector('.making:has-text("Đang dựng 300 nhà")');
    check.equal(await page.getAttribute('.making progress', 'value'), '30');
    check.match(await page.textContent('.demo-clock'), /Đồng hồ minh hoạ: 25\/11\/2026/);
    mock.state.making = null;
    await page.waitForSelector('.making', { state: 'detached' });
  });

  await test('on paper the place is one sheet', async () => {
    const page = await open(newPage, '/');
    await page.waitForSelector('.map .area');
    const sheet = (await page.pdf({ format: 'A4' })).toString('latin1');
    check.equal(sheet.match(/\/Type\s*\/Page\b/g).length, 1);
    await page.emulateMedia({ media: 'print' });
    check.equal(await page.locator('.doors').isVisible(), false);
    check.ok(await page.locator('.paper-list').isVisible());
  });

  await test('both languages say it, on a wide screen and a phone, light and dark, and axe agrees', async () => {
    for (const lang of ['vi', 'en']) {
      for (const [width, height, colorScheme] of [[1366, 768, 'light'], [360, 740, 'dark']]) {
        for (const [name, path] of Object.entries(PAGES)) {
          const page = await open(newPage, `${path}${path.includes('?') ? '&' : '?'}lang=${lang}`,
            { width, height, colorScheme });
          await noSerious(page, `${name} ${lang} ${width} ${colorScheme}`);
          const text = await page.evaluate(() => document.body.innerText);
          check.equal(text.match(/\b(nav|place|bars|units|unit|published|doors|home|public|open|target)\.[a-z]\w*/g),
            null, `${name} ${lang}`);
          await page.context().close();
        }
      }
    }
  });

  await test('nothing is wider than a screen of 320 pixels, nor with text twice as large', async () => {
    for (const [name, path] of Object.entries(PAGES)) {
      for (const [width, size] of [[320, '100%'], [640, '200%'], [1366, '200%']]) {
        const page = await open(newPage, path, { width, height: 700 });
        await page.evaluate((px) => { document.documentElement.style.fontSize = px; }, size);
        await page.waitForTimeout(150);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        check.ok(over <= 0, `${name} at ${width} px, text ${size}: ${over} px too wide`);
        await page.context().close();
      }
    }
  });
});
