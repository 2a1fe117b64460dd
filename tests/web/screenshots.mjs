/* The pictures of the README and the guides, made anew from the program itself:
 *
 *   XANH_BIN=build/release/xanh node tests/web/screenshots.mjs [NAME...]
 *
 * docs/place.png: the first page: where the city stands.
 * docs/meter.png: the page of a home's meter in the demonstration, its last whole month.
 * docs/devices.png: the devices, what needs care first.
 * docs/quality.png: readings that did not pass a check. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startProgram, until } from './program.mjs';

const DOCS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');
const WIDTH = 1100;

const today = new Date();
const day = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - 1, 15)).toISOString()
  .slice(0, 10);

/* height: down to the end of what is told; count: how many of `ready` are there then. */
const PICTURES = [
  { name: 'place', path: '/?lang=en', ready: '.map .area', count: 126, height: 980 },
  { name: 'meter', path: `/meter/home-7/electricity?on=${day}&lang=en&as=operator`, ready: '.bill-lines', count: 1,
    height: 886 },
  { name: 'devices', path: '/devices?lang=en&as=operator', ready: '.fleet-part', count: 2, height: 820 },
  { name: 'quality', path: '/quality?lang=en&as=operator', ready: '.vee-finding .line', count: 4, height: 1080 },
];

async function take(page, url, { name, path, ready, count, height }) {
  await page.setViewportSize({ width: WIDTH, height });
  await page.goto(url + path);
  await page.locator(ready).nth(count - 1).waitFor();
  await page.waitForTimeout(800); /* charts come in gently */
  await page.screenshot({ path: join(DOCS, `${name}.png`), fullPage: false });
  console.log(`docs/${name}.png`);
}

const program = await startProgram({ homes: 12, days: 120, every_s: 1 });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();
await until('the meters to be heard', async () => {
  const { items } = await program.get('/api/v1/devices?state=fine');
  return items.filter(({ seen }) => Date.now() - Date.parse(seen) < 60000).length > 20;
});
const wanted = process.argv.slice(2);
for (const picture of PICTURES.filter(({ name }) => !wanted.length || wanted.includes(name))) await take(page, program.url, picture);
await browser.close();
await program.stop();
process.exit(0);
