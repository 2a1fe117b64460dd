/* The thread from a target down to a reading, on the program itself: six clicks, a correction that
 * changes what is above it, the old bill that stays, and the evidence as one file. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { noSerious } from './axe.mjs';
import { check, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 1, days: 70, clock: '' });
const flat = (text) => text.replace(/\s+/g, ' ').trim();
const TARGET = 'Giảm tiêu hao nguyên, nhiên liệu';

async function open(newPage, path, options = {}) {
  const page = await newPage({ width: 1366, height: 768, eyes: 'auditor', ...options });
  await page.goto(program.url + path);
  await page.waitForSelector('main h1');
  await page.waitForFunction(() => !document.querySelector('.waiting'));
  return page;
}

const titled = (page, text) => page.waitForSelector(`dialog[open] #why-title:has-text("${text}")`);

/* One click: the part of the open answer whose words are these. */
async function deeper(page, text) {
  await page.locator('dialog button.why-step', { hasText: text }).first().click();
}

/* The brewery's case, its line, its electricity of the last thirty days. */
async function openThread(page) {
  await page.getByRole('button', { name: `Vì sao có số này? ${TARGET}` }).click();
  await titled(page, TARGET);
  await deeper(page, 'Công ty Bia mẫu');
  await titled(page, 'Hồ sơ sản xuất sạch hơn');
  await deeper(page, 'Năng lượng:');
  await titled(page, 'Dây chuyền');
}

await run(async ({ test, newPage }) => {
  await test('from a target to a reading are six clicks, and each step says where one is', async () => {
    const page = await open(newPage, '/home');
    await openThread(page);                                              /* 1, 2, 3 */
    await deeper(page, 'Hoá đơn brewery/electricity');
    await titled(page, 'Hoá đơn');                                       /* 4 */
    await deeper(page, 'giờ cao điểm');                                  /* 5: the line */
    await page.waitForSelector('dialog .source-row');
    check.match(await page.textContent('dialog .source-row'), /1279\/QD-BCT/);
    await deeper(page, 'Lượng tiêu thụ của kỳ');                          /* 6: the readings */
    await page.waitForSelector('dialog .why-readings tbody tr');
    check.match(flat(await page.textContent('dialog .why-readings')), /Nhận lúc/);
    check.equal(await page.locator('.why-trail button').count(), 5);
    await noSerious(page, 'the drawer at a reading');
  });

  await test('the thread is in the address: reloaded, gone back and opened at a step', async () => {
    const page = await open(newPage, '/home');
    await openThread(page);
    const [line, address] = [await page.textContent('#why-title'), page.url()];
    await page.goto(address);
    await titled(page, 'Dây chuyền');
    check.equal(await page.textContent('#why-title'), line);
    await page.waitForSelector('.why-trail button:has-text("Giảm tiêu hao")');
    await page.locator('.why-trail button').first().click();
    await titled(page, TARGET);
    await page.goBack();
    await titled(page, 'Dây chuyền');
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !/why|via/.test(window.location.search));
    check.equal(await page.locator('dialog.drawer[open]').count(), 0);
  });

  await test('an auditor reads and corrects nothing', async () => {
    const page = await open(newPage, '/home');
    await openThread(page);
    await deeper(page, 'Năng lượng vào: Điện');
    await page.waitForSelector('dialog .why-readings tbody tr');
    check.equal(await page.locator('dialog .why-readings button').count(), 0);
  });

  await test('a corrected reading changes what is above it, makes a new bill, and keeps the old one', async () => {
    const page = await open(newPage, '/target/THN26-01', { eyes: 'operator' });
    const bills = async () => (await program.get('/api/v1/core/bills?limit=200')).items
      .filter((bill) => bill.series_label?.includes('nhà máy bia'));
    const before = await bills();
    const newest = before.filter((bill) => bill.state === 'issued')
      .sort((a, b) => b.period_from.localeCompare(a.period_from))[0];
    const { items: [line] } = await program.get('/api/v1/industry/lines');
    const above = `record=industry.line&id=${line.id}&from=${newest.period_from}&to=${newest.period_to}`;
    const series = `series=${newest.series}&from=${newest.period_from}&to=${newest.period_to}`;
    const query = new URLSearchParams({ why: series, via: above });
    await page.goto(`${program.url}/firm/brewery?${query}`);
    await page.waitForSelector('dialog .why-readings tbody tr');
    const wasUse = flat(await page.textContent('dialog .big-value'));
    /* What the meter showed when the period began. */
    await page.getByRole('button', { name: /^Sửa 0:00 ngày 1\// }).click();
    const field = page.getByLabel(/^Giá trị đúng/);
    const old = Number((await field.inputValue()).replace(',', '.'));
    await field.fill(String(old + 20).replace('.', ','));
    await page.getByLabel('Lý do').fill('đọc nhầm chữ số');
    await page.getByRole('button', { name: 'Sửa số đo' }).click();
    await page.waitForSelector('dialog .big.changed');
    const now = flat(await page.textContent('dialog .big-value'));
    check.notEqual(now, wasUse);
    check.ok(flat(await page.textContent('dialog .why-was')).includes(wasUse));
    check.ok(await page.locator('dialog .why-readings tr.gone').count() >= 1, 'the old value stays');
    await page.locator('.why-trail button').first().click();
    await titled(page, 'Dây chuyền');
    await page.waitForSelector('dialog .why-parts .changed del');
    await until('the bill to be issued again', async () => (await bills()).length > before.length);
    const after = await bills();
    const kept = after.find((bill) => bill.id === newest.id);
    check.equal(kept.state, 'superseded');
    check.equal(kept.total, newest.total);
    await page.goto(`${program.url}/firm/brewery?why=bill%3D${newest.id}`);
    await page.waitForSelector('dialog h3:has-text("Các lần phát hành")');
    const revisions = flat(await page.textContent('dialog'));
    check.match(revisions, /Lần 2/);
    check.match(revisions, /Lần 1/);
  });

  await test('a number with all that stands behind it is one file, and its hashes hold', async () => {
    const page = await open(newPage, '/home');
    const [download] = await Promise.all([page.waitForEvent('download'),
      page.getByRole('button', { name: 'Tải về' }).click()]);
    const text = readFileSync(await download.path(), 'utf8');
    const pack = JSON.parse(text);
    check.match(pack.question, /record=programme\.target/);
    check.equal(pack.made_for, 'auditor');
    check.ok(pack.steps.length > 30, String(pack.steps.length));
    check.ok(pack.steps.some(({ answer }) => answer?.readings?.length > 0), 'down to readings');
    const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
    for (const { href, sha256, answer } of pack.steps.filter((step) => step.sha256)) {
      const from = text.indexOf(`"sha256":"${sha256}","answer":`) + `"sha256":"${sha256}","answer":`.length;
      check.equal(sha(text.slice(from, from + lengthOf(text, from))), sha256, href);
      check.ok(answer.title_vi !== undefined);
    }
    check.equal(sha(pack.steps.map((step) => step.sha256 ?? '').join('')), pack.sha256);
  });

  await test('on a phone the drawer fills the screen and nothing lies beside it', async () => {
    const page = await open(newPage, '/home?lang=en', { width: 360, height: 740 });
    await page.locator('.why').first().click();
    await page.waitForSelector('dialog[open] .why-parts');
    const box = await page.locator('dialog.drawer').boundingBox();
    check.equal(box.width, 360);
    check.equal(await page.evaluate(() => {
      const drawer = document.querySelector('dialog.drawer');
      return drawer.scrollWidth - drawer.clientWidth;
    }), 0);
    check.equal(await page.textContent('dialog h3'), 'What is missing');
    await noSerious(page, 'the drawer on a phone');
  });
});


/* How many characters the JSON object that begins at `from` has. */
function lengthOf(text, from) {
  let depth = 0;
  let isText = false;
  for (let i = from; i < text.length; i += 1) {
    const c = text[i];
    if (isText) {
      if (c === '\\') i += 1;
      else if (c === '"') isText = false;
    } else if (c === '"') isText = true;
    else if (c === '{') depth += 1;
    else if (c === '}') {
      depth -= 1;
      if (depth === 0) return i - from + 1;
    }
  }
  return 0;
}
