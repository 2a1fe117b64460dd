/* A firm of the demonstration on the program itself: whether it keeps the norm, what new hours would
 * cost, a measure that is finished and 30 days later proved, its case files, and the homes of the
 * business, the operator and the auditor. */
import { noSerious } from './axe.mjs';
import { check, run } from './browser.mjs';
import { startProgram } from './program.mjs';

const program = await startProgram({ homes: 1, days: 70, clock: '' });
const flat = (text) => text.replace(/\s+/g, ' ').trim();
const { items: [line] } = await program.get('/api/v1/industry/lines');
const { items: measures } = await program.get('/api/v1/core/measures?limit=200');
const measureOf = (code) => measures.find((measure) => measure.code === code);
const { items: cases } = await program.get('/api/v1/industry/cases?year=2026&limit=200');
const caseFile = cases.find((file) => file.code === 'cp-2026-brewery');

async function open(newPage, path, options = {}) {
  const page = await newPage({ width: 1366, height: 768, eyes: 'operator', ...options });
  await page.goto(program.url + path);
  await page.waitForSelector('main h1, main .empty');
  await page.waitForFunction(() => !document.querySelector('.waiting'));
  return page;
}

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth
  - document.documentElement.clientWidth);

const PAGES = {
  firm: '/firm/brewery', tenant: '/firm/firm-1', measure: `/measure/${measureOf('brewery-light').id}`,
  case: `/case/${caseFile.id}`,
};

await run(async ({ test, newPage }) => {
  await test('a firm is answered for first: its energy for a unit of product against the norm', async () => {
    const data = await program.get(`/api/v1/industry/do/norm_verdict?line=${line.id}`);
    const page = await open(newPage, '/firm/brewery');
    const card = flat(await page.textContent('.firm-main'));
    check.match(card, /200 MJ\/hl/);
    check.match(card, /không đạt/);
    check.match(card, /định mức 196 MJ\/hl/);
    check.match(card, /19\/2016\/TT-BCT/);
    check.match(card, /chưa tìm thấy định mức mới/);
    check.ok(card.includes(flat(data.sentence_vi)), card);
    check.match(await page.textContent('h1'), /số liệu minh hoạ/);
    await page.waitForSelector('.level line', { state: 'attached' });
    check.ok(await page.locator('.time-plot .ink-sec circle').count() >= 1);
  });

  await test('what new peak hours would do is told as a what-if, and asked for again by the sliders', async () => {
    const page = await open(newPage, '/firm/brewery');
    await page.waitForSelector('.peak-case');
    const text = flat(await page.textContent('#peak'));
    for (const words of ['nếu như', 'cao điểm 9:30–11:30, 17:00–20:00', 'cao điểm 17:30–22:30',
      '963/QD-BCT', 'còn ý kiến khác nhau']) check.ok(text.includes(words), `${words}: ${text}`);
    const shifted = page.locator('.peak-case', { hasText: /^963, chuyển ca[^ ]*\s*\d/ }).first();
    const before = flat(await shifted.textContent());
    await page.getByLabel(/^Dời khỏi giờ cao điểm/).fill('60');
    await page.waitForFunction((old) => [...document.querySelectorAll('.peak-case')]
      .every((one) => one.textContent.replace(/\s+/g, ' ').trim() !== old), before);
  });

  await test('options stand in their eight classes with what they are worth', async () => {
    const page = await open(newPage, '/firm/brewery?lang=en');
    check.equal(await page.locator('#options .classes li').count(), 8);
    const { items } = await program.get(`/api/v1/industry/options?party=${line.party}&limit=200`);
    check.equal(await page.locator('#options .options td:first-child').count(), items.length);
    const best = items.find((option) => option.code && option.payback_years > 0);
    const row = flat(await page.locator('#options tr', { hasText: best.title }).first().textContent());
    check.match(row, /years/);
    check.match(row, /₫/);
  });

  await test('a measure that was not proved says so, with its interval', async () => {
    const page = await open(newPage, `/measure/${measureOf('brewery-light').id}`);
    const card = flat(await page.textContent('.firm-main'));
    check.match(card, /chưa chứng minh/);
    check.match(card, /khoảng tin cậy 90 %: −[\d.]+ … [\d.]+ kWh/);
    await page.waitForSelector('.time-plot .band');
    await page.waitForSelector('.moment');
  });

  await test('a case file tells its six steps, marks what is partly verified, and can be taken along', async () => {
    const page = await open(newPage, `/case/${caseFile.id}`);
    check.equal(await page.locator('.case-steps section').count(), 6);
    check.equal(await page.locator('.tasks li').count(), 18);
    check.equal(await page.locator('.tasks .badge', { hasText: 'kiểm chứng một phần' }).count(), 9);
    check.match(flat(await page.textContent('.case-numbers')), /Nguyên vật liệu ?−4,1 %/);
    check.match(flat(await page.textContent('.case-numbers')), /Năng lượng.*→ 200 MJ\/hl.*đo bằng công tơ/);
    const [file] = await Promise.all([page.waitForEvent('download'),
      page.getByRole('button', { name: 'XLSX' }).click()]);
    check.equal(file.suggestedFilename(), 'cp-2026-brewery.xlsx');
  });

  await test('who may not see a firm is told who may', async () => {
    const page = await open(newPage, '/firm/brewery', { eyes: 'public' });
    check.match(flat(await page.textContent('main')), /không mở cho mọi người/);
    await page.getByRole('button', { name: /^Xem như: / }).first().click();
    await page.waitForSelector('h1:has-text("Công ty Bia mẫu")');
    const own = await open(newPage, '/firm/brewery', { eyes: 'business' });
    check.match(await own.textContent('h1'), /Công ty Bia mẫu/);
  });

  await test('each home has its three cards', async () => {
    const words = {
      business: ['Chi phí và việc làm để giảm', 'Nghĩa vụ đến hạn', 'Giải pháp và bằng chứng'],
      operator: ['Nơi này lúc này', 'Lập hoá đơn', 'Sự cố'],
      auditor: ['Chọn mẫu', 'Lần theo', 'Gói chứng cứ'],
    };
    for (const [eyes, titles] of Object.entries(words)) {
      for (const size of [{ width: 1366, height: 768 }, { width: 360, height: 740 }]) {
        const page = await open(newPage, '/home', { eyes, ...size });
        check.deepEqual((await page.locator('.home-cards > .card > h2').allTextContents())
          .map((title) => flat(title).replace(' số liệu minh hoạ', '')), titles);
        check.equal(await overflow(page), 0, eyes);
        await noSerious(page, `home of ${eyes}, ${size.width}`);
        await page.context().close();
      }
    }
  });

  await test('nothing is wider than a phone when text is twice as large', async () => {
    for (const [path, eyes] of [['/home', 'business'], ['/firm/brewery', 'business'], ['/firm/brewery', 'officer']]) {
      const page = await open(newPage, path, { eyes, width: 360, height: 740 });
      await page.addStyleTag({ content: 'html { font-size: 200%; }' });
      check.equal(await overflow(page), 0, `${path} of ${eyes}`);
      await page.context().close();
    }
  });

  await test('the same seed draws the same sample, and the draw is kept', async () => {
    const draws = [];
    for (const lang of ['vi', 'en']) {
      const page = await open(newPage, `/home?lang=${lang}`, { eyes: 'auditor' });
      await page.locator('.sample-form select').selectOption('cases');
      await page.locator('.sample-form button').click();
      await page.waitForSelector('.sample-form + p[role="status"]');
      draws.push(await page.locator('.card:first-child .rows a').allTextContents());
    }
    check.equal(draws[0].length, 5);
    check.deepEqual(draws[0], draws[1]);
    const { items } = await program.get('/api/v1/core/samples');
    check.equal(items.length, 2);
    check.equal(items[0].seed, 2026);
  });

  await test('pages of a firm are usable by everybody, wide and on a phone, in both languages', async () => {
    for (const [name, path] of Object.entries(PAGES)) {
      for (const [lang, width, theme] of [['vi', 1366, 'light'], ['en', 360, 'dark']]) {
        const page = await open(newPage, `${path}?lang=${lang}`, { width, height: 768, colorScheme: theme });
        await page.waitForTimeout(200);
        check.equal(await overflow(page), 0, `${name} ${width}`);
        await noSerious(page, `${name} ${lang} ${width} ${theme}`);
        await page.context().close();
      }
    }
  });

  /* Last: it moves the clock. */
  await test('a measure is finished, 30 days pass, its effect is proved and the norm is kept', async () => {
    const air = measureOf('brewery-air');
    const standing = async () => (await program.get('/api/v1/programme/do/place_standing')).targets
      .find((target) => target.code === 'THN26-01').value;
    const before = await standing();
    const page = await open(newPage, '/home');
    await page.getByRole('link', { name: 'Khắc phục rò rỉ khí nén' }).click();
    await page.waitForSelector('h1:has-text("Khắc phục rò rỉ khí nén")');
    await page.getByRole('button', { name: 'Hoàn thành' }).click();
    await page.locator('.verbs form button[type="submit"]').click();
    await page.waitForSelector('.measure-state .badge:has-text("đã xong")');
    await page.getByRole('button', { name: /Tua đồng hồ 30 ngày/ }).click();
    await page.getByText('Đồng hồ minh hoạ đã đi 30 ngày.').waitFor({ timeout: 60000 });
    await page.waitForSelector('.firm-main .verdict:has-text("đã chứng minh")');
    check.match(flat(await page.textContent('.firm-main')), /−\d[\d.]+ kWh/);
    check.match(flat(await page.textContent('.firm-main')), /khoảng tin cậy 90 %: −/);
    await page.waitForSelector('.moment');
    await page.goto(`${program.url}/firm/brewery`);
    await page.waitForSelector('.firm-main .verdict');
    const card = flat(await page.textContent('.firm-main'));
    check.match(card, /188 MJ\/hl/);
    check.match(card, /đạt định mức/);
    check.notEqual(await standing(), before);
    const measure = await program.get(`/api/v1/core/measures/${air.id}`);
    check.ok(['done', 'verified'].includes(measure.state));
  });
});
