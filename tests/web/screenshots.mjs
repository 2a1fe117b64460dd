/* The pictures of the README and the guides, made anew from the program itself:
 *
 *   XANH_BIN=build/release/xanh node tests/web/screenshots.mjs [NAME...]
 *
 * docs/place.jpg: the first page, in Vietnamese: where the city stands.
 * docs/place-2023.jpg, firm.jpg, thread.jpg, own-data.jpg: steps of the journey (journey.mjs): a year
 *   beside what was published, a firm and its norm, why a number is so, a visitor's own file.
 * docs/resident.jpg: a home on a phone. docs/billing.jpg: a park's month, divided.
 * docs/meter.png: the page of a home's meter in the demonstration, its last whole month.
 * docs/devices.png: the devices, what needs care first.
 * docs/quality.png: readings that did not pass a check.
 *
 * Each under 150 KB: what has many colours is a JPEG. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { walk } from './journey.mjs';
import { startProgram, until } from './program.mjs';

const DOCS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');
const WIDTH = 1100;
const PHONE = { width: 390, height: 844 };
const BYTES_MAX = 150 * 1024;
const JPEG_QUALITY = 70;

/* What the walk looks at, and how high its picture is. */
const SEEN = { 2023: ['place-2023', 980], firm: ['firm', 1200], thread: ['thread', 860],
  'own-data': ['own-data', 900] };

const program = await startProgram({ homes: 12, days: 120, every_s: 1, clock: '' });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'] });
const newPage = (size) => browser.newPage({ viewport: { width: size.width, height: size.height } });
const wanted = process.argv.slice(2);
const isWanted = (name) => !wanted.length || wanted.includes(name);

const { now } = await program.get('/api/v1/demo');
const day = new Date(Date.UTC(Number(now.slice(0, 4)), Number(now.slice(5, 7)) - 2, 15)).toISOString()
  .slice(0, 10);

/* height: down to the end of what is told; count: how many of `ready` are there then. */
const PICTURES = [
  { name: 'place', file: 'place.jpg', path: '/', ready: '.map .area', count: 126, height: 980 },
  { name: 'resident', file: 'resident.jpg', path: '/home?as=resident-7&lang=vi', ready: '.advice',
    count: 1, ...PHONE },
  { name: 'billing', file: 'billing.jpg', path: '/billing/1?lang=en&as=operator', ready: 'svg', count: 1,
    height: 900 },
  { name: 'meter', file: 'meter.png', path: `/meter/home-7/electricity?on=${day}&lang=en&as=operator`,
    ready: '.bill-lines', count: 1, height: 886 },
  { name: 'devices', file: 'devices.png', path: '/devices?lang=en&as=operator', ready: '.fleet-part',
    count: 2, height: 820 },
  { name: 'quality', file: 'quality.png', path: '/quality?lang=en&as=operator', ready: '.vee-finding .line',
    count: 4, height: 1080 },
];

async function keep(page, file) {
  const path = join(DOCS, file);
  await page.waitForTimeout(800); /* charts come in gently */
  await page.screenshot({ path, ...(file.endsWith('.jpg') ? { type: 'jpeg', quality: JPEG_QUALITY } : {}) });
  const { size } = statSync(path);
  console.log(`docs/${file} ${size}`);
  if (size > BYTES_MAX) throw new Error(`docs/${file} has ${size} bytes, more than ${BYTES_MAX}`);
}

async function take({ file, path, ready, count, width = WIDTH, height }) {
  const page = await newPage({ width, height });
  await page.goto(program.url + path);
  await page.locator(ready).nth(count - 1).waitFor({ state: 'attached' });
  await page.waitForFunction(() => !document.querySelector('.waiting'));
  await keep(page, file);
  await page.close();
}

/* Only what a picture is of; a step that is not true stops the walk. */
async function seen(page, name) {
  const [file, height] = SEEN[name] ?? [];
  if (!file || !isWanted(file)) return;
  await page.setViewportSize({ width: WIDTH, height });
  await keep(page, `${file}.jpg`);
}

await until('the meters to be heard', async () => {
  const { items } = await program.get('/api/v1/devices?state=fine');
  return items.length > 20;
});
for (const picture of PICTURES.filter(({ name }) => isWanted(name))) await take(picture);
if (Object.values(SEEN).some(([file]) => isWanted(file))) {
  const last = 'the measure is done';
  await walk({ program, newPage, lang: 'en', width: WIDTH, height: 800, seen,
    test: async (name, step) => { if (!name.startsWith(last)) await step(); } });
}
await browser.close();
await program.stop();
process.exit(0);
