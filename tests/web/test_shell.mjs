/* What holds for every page: both languages, narrow screens, large text, keyboard, screen readers,
 * light and dark, paper, and no word to a foreign host. Against the program itself. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { noSerious } from './axe.mjs';
import { check, fastest, run } from './browser.mjs';
import { startProgram } from './program.mjs';

const BUNDLE_BYTES_MAX = 300 * 1024;
const WEB = fileURLToPath(new URL('../../web/src/', import.meta.url));
const program = await startProgram({ homes: 7, days: 40 });

const PAGES = {
  place: '/', meters: '/meters', meter: '/meter/home-7/electricity', year: '/meter/home-7/electricity?view=year',
  water: '/meter/home-7/water', empty: '/meter/home/electricity', data: '/data',
  programme: '/programme', records: '/records', list: '/records/core/dated?key=evn-residential',
  record: '/records/core/series/2', form: '/records/programme/reports/1?edit=1',
  new: '/records/core/balances/new', charge: '/charge?tariff=evn-residential&on=2025-06-15&quantity=437',
  shift: '/charge?tariff=evn-production-6to22kv&on=2026-05-10&load_kw=100&shift_from=08:00&shift_to=17:00',
  table: '/tables/programme/duties_of_period?from=2026-01-01&to=2027-01-01',
  action: '/actions/energy/carbon?energy_kwh=100&year=2023', public: '/meters?as=public', home: '/home?as=public', nowhere: '/nowhere',
  why: '/meter/home-7/electricity?why=series%3Dhome-7%252Felectricity',
};

async function open(newPage, path, options = {}) {
  const page = await newPage({ width: 1366, height: 768, ...options });
  await page.goto(program.url + path);
  await page.waitForSelector('main h1, main .empty, main form, main [role="alert"]');
  await page.waitForFunction(() => !document.querySelector('.waiting'));
  return page;
}

/* The words of a language file, through the bundler that the pages go through. */
async function wordsOf(lang) {
  const out = mkdtempSync(join(tmpdir(), 'xanh-words-'));
  const file = join(out, `${lang}.mjs`);
  execFileSync('esbuild', [join(WEB, 'i18n', `${lang}.js`), '--bundle', '--format=esm', `--outfile=${file}`, '--log-level=error']);
  const words = (await import(file)).default;
  rmSync(out, { recursive: true });
  return words;
}

const holesOf = (text) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

await run(async ({ test, newPage }) => {
  await test('no language lacks a word, and both fill the same holes', async () => {
    const [vi, en] = [await wordsOf('vi'), await wordsOf('en')];
    check.deepEqual(Object.keys(vi).sort(), Object.keys(en).sort());
    for (const key of Object.keys(vi)) check.deepEqual(holesOf(vi[key]), holesOf(en[key]), key);
  });

  await test('every word that a page asks for by name is there', async () => {
    const vi = await wordsOf('vi');
    const sources = execFileSync('find', [WEB, '-name', '*.jsx'], { encoding: 'utf8' }).trim().split('\n');
    for (const source of sources) {
      for (const [, key] of readFileSync(source, 'utf8').matchAll(/\bt\('([^']+)'/g)) {
        check.ok(key in vi, `${source}: ${key}`);
      }
    }
  });

  await test('no page shows the name of a word instead of the word', async () => {
    for (const lang of ['vi', 'en']) {
      for (const path of Object.values(PAGES)) {
        const page = await open(newPage, `${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
        const text = await page.evaluate(() => document.body.innerText);
        const names = text.match(/\b(nav|state|why|bill|chart|form|records|period|start|data|meter|programme|targets|quality|verified)\.[a-z]\w*/g);
        check.equal(names, null, `${path} ${lang}`);
        check.equal(await page.getAttribute('html', 'lang'), lang);
        await page.context().close();
      }
    }
  });

  await test('no request leaves the host', async () => {
    const page = await newPage({ width: 1366, height: 768 });
    const foreign = [];
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http') && `http://${host}` !== program.url) foreign.push(request.url());
    });
    for (const path of Object.values(PAGES)) {
      await page.goto(program.url + path);
      await page.waitForTimeout(300);
    }
    check.deepEqual(foreign, []);
  });

  await test('nothing is wider than a screen of 320 pixels, nor with text twice as large', async () => {
    for (const [name, path] of Object.entries(PAGES)) {
      for (const [width, size] of [[320, '100%'], [640, '200%'], [1366, '200%']]) {
        const page = await open(newPage, path, { width, height: 700 });
        await page.evaluate((px) => {
          document.documentElement.style.fontSize = px;
          document.body.style.fontFamily = '"DejaVu Sans"'; /* the widest that people are likely to have */
        }, size);
        await page.waitForTimeout(150);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        check.ok(over <= 0, `${name} at ${width} px, text ${size}: ${over} px too wide`);
        await page.context().close();
      }
    }
  });

  await test('axe finds nothing serious on any page, light and dark', async () => {
    for (const colorScheme of ['light', 'dark']) {
      for (const [name, path] of Object.entries(PAGES)) {
        const page = await open(newPage, path, { colorScheme });
        await noSerious(page, `${name} ${colorScheme}`);
        await page.context().close();
      }
    }
  });

  await test('everything is reached by keyboard alone, and the focus is always seen', async () => {
    const page = await open(newPage, '/meters');
    await page.keyboard.press('Tab');
    check.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    check.equal(await page.evaluate(() => document.activeElement.id), 'main');
    const wanted = 'a[href*="/meter/home-7/electricity"]';
    for (let i = 0; i < 200; i++) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate((selector) => {
        const style = getComputedStyle(document.activeElement);
        return { isThere: document.activeElement.matches(selector), outline: style.outlineStyle };
      }, wanted);
      check.notEqual(seen.outline, 'none', 'the focus is seen');
      if (seen.isThere) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForSelector('.bill-lines');
    check.equal(await page.evaluate(() => document.activeElement.id), 'main', 'a new page begins at its start');
  });

  await test('the language switch keeps the page where it is', async () => {
    const page = await open(newPage, '/meter/home-7/electricity?view=year');
    await page.getByRole('button', { name: 'English' }).click();
    await page.waitForSelector('text=Use by month');
    check.match(page.url(), /view=year/);
    await page.getByRole('button', { name: 'Tiếng Việt' }).click();
    await page.waitForSelector('text=Tiêu thụ từng tháng');
  });

  await test('light and dark follow the device until somebody chooses', async () => {
    const page = await open(newPage, '/', { colorScheme: 'dark' });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await ground();
    await page.getByRole('button', { name: 'Đổi nền sáng, tối' }).click();
    const light = await ground();
    check.notEqual(dark, light);
    await page.reload();
    await page.waitForSelector('h1');
    check.equal(await ground(), light);
  });

  await test('the same place is seen with other eyes', async () => {
    const page = await open(newPage, '/meters');
    await page.getByLabel('Xem như').selectOption('public');
    await page.waitForSelector('text=chỉ chủ nhà và người vận hành xem được');
    check.match(page.url(), /as=public/);
    check.equal(await page.locator('.meters').count(), 0);
    await page.getByLabel('Xem như').selectOption('resident-7');
    await page.waitForSelector('.meters');
    check.equal(await page.locator('.meters tbody tr').count(),
      (await program.get('/api/v1/core/series?as=resident-7')).items.length);
  });

  await test('on paper there is the page without its buttons', async () => {
    const page = await open(newPage, '/meter/home-7/electricity');
    await page.emulateMedia({ media: 'print' });
    check.equal(await page.locator('header.bar').isVisible(), false);
    check.equal(await page.locator('.chart-tools').first().isVisible(), false);
    check.ok(await page.locator('.bill-lines').isVisible());
  });

  await test('the whole bundle is under 300 KB packed', async () => {
    const sizes = await Promise.all(['/', '/app.js', '/app.css'].map(async (path) => (
      gzipSync(Buffer.from(await (await fetch(program.url + path)).arrayBuffer())).length)));
    const sum = sizes.reduce((a, b) => a + b, 0);
    check.ok(sum < BUNDLE_BYTES_MAX, `${sum} bytes`);
  });

  await test('a page of the demonstration that names nobody is shown as everybody may see it', async () => {
    const page = await open(newPage, '/meters', { eyes: null });
    check.equal(await page.getByLabel('Xem như').inputValue(), 'public');
    check.equal(await page.locator('.meters').count(), 0);
  });

  await test('on a phone the links are behind one button', async () => {
    const page = await open(newPage, '/home', { width: 360, height: 740, eyes: 'public' });
    check.equal(await page.locator('header nav').isVisible(), false);
    await page.locator('.menu-button').click();
    check.equal(await page.locator('.menu-button').getAttribute('aria-expanded'), 'true');
    await page.keyboard.press('Escape');
    check.equal(await page.locator('header nav').isVisible(), false);
    await page.locator('.menu-button').click();
    await page.locator('header nav a', { hasText: 'Chương trình' }).click();
    await page.waitForURL(/\/programme\?as=public/);
    check.equal(await page.locator('header nav').isVisible(), false);
  });

  await test('a ward is found without its marks and opened', async () => {
    const page = await open(newPage, '/programme', { eyes: 'public' });
    await page.keyboard.press('/');
    await page.keyboard.type('hoan kiem');
    await page.waitForSelector('.place-search [role="option"]:has-text("Phường Hoàn Kiếm")');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/place\/vn-\d+/);
    await page.waitForSelector('h1:has-text("Phường Hoàn Kiếm")');
  });

  await test('the first view is there within a second', async () => {
    const page = await newPage({ width: 1366, height: 768 });
    const best_ms = await fastest(5, async () => {
      await page.goto(`${program.url}/meter/home-7/electricity`);
      await page.waitForSelector('.card-main .big-value');
    });
    check.ok(best_ms < 1000, `${best_ms} ms`);
  });
});
