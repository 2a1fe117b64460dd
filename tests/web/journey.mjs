/* journey.mjs: the first five minutes of whoever comes: from the city's plan down to one reading, a
 * measure on the ground that moves it, the resident's bill, the officer's desk, a visitor's own file.
 * A step looks at what a person would read, and says what it is called; `seen` is told after each, so
 * that a picture can be taken. Both languages, any size. */
import { check } from './browser.mjs';

const flat = (text) => text.replace(/[\s\u00a0\u202f]+/g, ' ').trim();

/* What a reader of each language finds. Numbers are said once, as each language writes them. */
const WORDS = {
  vi: {
    title: /^Hà Nội · Kế hoạch sản xuất và tiêu dùng bền vững 2026/, made_up: 'số liệu minh hoạ',
    sentence: '5 mục tiêu: 2 đạt, 1 chưa đạt, 2 chưa biết; 11 trên 126 phường, xã chưa báo cáo.',
    cut: '−6,2 %', firms: /27 trong 30/, partly: 'kiểm chứng một phần',
    results: ['3,61', '7,1', '16,2', '7,92', '85', '60', '100', '198'], published: /hơn 190/,
    brewery: 'Công ty Bia mẫu', fails: 'không đạt', passes: 'đạt định mức', norm: /định mức 196/,
    noNewer: /chưa tìm thấy định mức mới/, whatIf: 'nếu như', disputed: 'còn ý kiến khác nhau',
    air: 'Khắc phục rò rỉ khí nén', finish: 'Hoàn thành', forward: /Tua đồng hồ 30 ngày/,
    gone: /đồng hồ minh hoạ đã đi 30 ngày/i, proved: /đã chứng minh/, interval: /khoảng tin cậy 90 %/,
    bill: '1.160.460', fifth: /Bậc 5 đã bắt đầu/, saves: /mỗi tháng/,
    caseFile: 'Hồ sơ sản xuất sạch hơn', line: 'Dây chuyền', energy: 'Năng lượng:',
    billStep: 'Hoá đơn brewery/electricity', peak: 'giờ cao điểm', use: 'Lượng tiêu thụ của kỳ',
    arrived: /Nhận lúc/, revision: /Lần 2/, finding: 'tính ra 1.160.460 ₫, đúng với hoá đơn',
    reason: 'Lý do',
  },
  en: {
    title: /^Hanoi · Sustainable production and consumption plan 2026/, made_up: 'simulated',
    sentence: '5 targets: 2 on track, 1 behind, 2 not known; 11 of 126 wards and communes have not '
      + 'reported.',
    cut: '−6.2 %', firms: /27 of 30/, partly: 'partly verified',
    results: ['3.61', '7.1', '16.2', '7.92', '85', '60', '100', '198'], published: /more than 190/,
    brewery: 'Công ty Bia mẫu', fails: 'fails', passes: 'passes', norm: /norm 196/,
    noNewer: /no newer/, whatIf: 'what if', disputed: 'disputed',
    air: 'Khắc phục rò rỉ khí nén', finish: 'Finish', forward: /30 days/,
    gone: /clock/, proved: /proved/i, interval: /90 %/,
    bill: '1,160,460', fifth: /Tier 5/, saves: /a month/,
    caseFile: 'Case file', line: 'Production line', energy: 'Energy:',
    billStep: 'Bill brewery/electricity', peak: 'peak', use: 'Use in the period',
    arrived: /Arrived|Received/, revision: /Revision 2/, finding: 'come to 1,160,460 ₫, exactly as the bill says',
    reason: 'Reason',
  },
};

/* A person's own file: bills as somebody keeps them, under a title, with a sum at the end. */
const OWN = 'Điện nhà tôi;;\nTháng;Điện tiêu thụ (kWh);Thành tiền\n5/2025;350;979.560\n'
  + '6/2025;400;1.160.460\nTổng;750;2.140.020\n';

export async function walk({ program, newPage, lang, width, height, test, seen = async () => {} }) {
  const w = WORDS[lang];
  const say = (name) => `${name} (${lang}, ${width})`;
  const open = async (path, eyes) => {
    const page = await newPage({ width, height, eyes: null });
    const query = new URLSearchParams({ ...(lang === 'vi' ? {} : { lang }), ...(eyes ? { as: eyes } : {}) });
    await page.goto(`${program.url}${path}${path.includes('?') ? '&' : '?'}${query}`);
    await page.waitForSelector('main h1');
    await settle(page);
    return page;
  };
  const settle = (page) => page.waitForFunction(() => !document.querySelector('.waiting'));
  const read = async (page, where) => flat(await page.locator(where).first().innerText());
  const look = async (page, name) => {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    check.ok(over <= 0, `${name}: ${over} px too wide`);
    await seen(page, name);
  };
  const follow = async (page, text) => {
    await page.locator('dialog button.why-step', { hasText: text }).first().click();
  };
  const titled = (page, text) => page.waitForSelector(`dialog[open] #why-title:has-text("${text}")`);

  await test(say('the first page, without a login, says where Hanoi stands'), async () => {
    const page = await open('/');
    check.match(await read(page, 'h1'), w.title);
    check.ok((await read(page, 'h1')).includes(w.made_up));
    check.equal(await read(page, '.place-sentence'), w.sentence);
    check.equal(await page.locator('.target-row').count(), 5);
    check.ok((await read(page, '.target-row')).includes(w.partly));
    await page.waitForSelector('.map .area', { state: 'attached' });
    check.equal(await page.locator('.map .area').count(), 126);
    check.equal(await page.locator('.door').count(), 6);
    await look(page, 'place');
  });

  await test(say('2023 is computed from its files, beside what was published'), async () => {
    const page = await open('/?year=2023');
    const texts = (await page.locator('.result').allInnerTexts()).map(flat);
    for (const number of w.results) {
      check.ok(texts.some((text) => text.includes(number)), `${number} in ${texts.join('\n')}`);
    }
    check.ok(texts.some((text) => w.published.test(text)), texts.join('\n'));
    await look(page, '2023');
  });

  await test(say('a target opens to the firms behind it, and a firm to its norm'), async () => {
    const page = await open('/', 'officer');
    check.ok((await read(page, '.target-row')).includes(w.cut));
    check.match(await read(page, '.target-row'), w.firms);
    await page.locator('.target-name').first().click();
    await page.waitForSelector('.members tbody tr');
    await look(page, 'target');
    await page.locator('.members a', { hasText: w.brewery }).click();
    await page.waitForSelector('.firm-main .verdict');
    await settle(page);
    const card = await read(page, '.firm-main');
    check.match(card, /200 MJ\/hl/);
    check.ok(card.includes(w.fails), card);
    check.match(card, w.norm);
    check.match(card, w.noNewer);
    await page.waitForSelector('.peak-case');
    const peak = await read(page, '#peak');
    check.ok(peak.includes('963/QD-BCT') && peak.includes(w.whatIf) && peak.includes(w.disputed), peak);
    await look(page, 'firm');
  });

  await test(say('the resident reads the month so far, the tiers, and one thing to do'), async () => {
    const page = await open('/home', 'resident-7');
    await page.waitForSelector('.home-cards .advice');
    await settle(page);
    const text = flat(await page.innerText('main'));
    check.ok(text.includes(w.bill), text);
    check.match(text, /400 kWh/);
    check.match(text, w.fifth);
    check.match(text, /m³/);
    check.match(text, w.saves);
    await look(page, 'resident');
  });

  await test(say('a visitor drops a file of bills and reads a first finding'), async () => {
    const page = await open('/data');
    await page.setInputFiles('input[type="file"]',
      { name: 'bills.csv', mimeType: 'text/csv', buffer: Buffer.from(OWN) });
    await page.waitForSelector('.finding');
    const findings = (await page.locator('.finding-text').allInnerTexts()).map(flat);
    check.ok(findings.some((one) => one.includes(w.finding)), findings.join('\n'));
    await look(page, 'own-data');
  });

  await test(say('the officer sees who is late, returns a report, gets it again, approves it'), async () => {
    const page = await open('/home', 'officer');
    await page.waitForSelector('.home-cards > .card >> nth=2');
    await look(page, 'officer');
    await page.goto(`${program.url}/review?as=officer&lang=${lang}`);
    await page.waitForSelector('.review-row');
    await page.locator('.review-row').first().click();
    await page.waitForSelector('.report-view .decide');
    await settle(page);
    await look(page, 'review');
    const { items: [report] } = await program.get('/api/v1/programme/reports?state=submitted&limit=1');
    const verb = async (name, body = {}) => {
      const { version } = await program.get(`/api/v1/programme/reports/${report.id}`);
      return program.post(`/api/v1/programme/reports/${report.id}/${name}`, body, { 'If-Match': `"${version}"` });
    };
    await verb('return', { reason: 'thiếu ảnh' });
    check.equal((await verb('submit')).state, 'submitted');
    await page.goto(`${program.url}/review?as=officer&lang=${lang}&report=${report.id}`);
    await page.waitForSelector('.report-view .decide');
    await page.keyboard.press('a');
    await page.waitForFunction(() => !document.querySelector('.report-view .decide button:disabled'));
    const approved = async () => (await program.get(`/api/v1/programme/reports/${report.id}`)).state;
    for (let i = 0; i < 50 && await approved() !== 'approved'; i += 1) await page.waitForTimeout(100);
    check.equal(await approved(), 'approved');
  });

  await test(say('the auditor goes from a target to a reading in six clicks'), async () => {
    const page = await open('/home', 'auditor');
    await page.locator('.home-cards .why').first().click();                            /* 1 */
    await page.waitForSelector('dialog[open] .why-parts');
    await follow(page, w.brewery);                                                     /* 2 */
    await titled(page, w.caseFile);
    await follow(page, w.energy);                                                      /* 3 */
    await titled(page, w.line);
    await follow(page, w.billStep);                                                    /* 4 */
    await page.waitForSelector('dialog .why-parts');
    await follow(page, w.peak);                                                        /* 5 */
    await page.waitForSelector('dialog .source-row');
    check.match(await read(page, 'dialog .source-row'), /1279\/QD-BCT/);
    await follow(page, w.use);                                                         /* 6 */
    await page.waitForSelector('dialog .why-readings tbody tr');
    check.match(await read(page, 'dialog .why-readings'), w.arrived);
    await look(page, 'thread');
  });

  await test(say('the measure is done, thirty days pass, it is proved, the norm is kept, the city moves'), async () => {
    const value = async () => (await program.get('/api/v1/programme/do/place_standing')).targets
      .find((target) => target.code === 'THN26-01').value;
    const before = await value();
    const page = await open('/home', 'operator');
    await page.waitForSelector('.home-cards > .card >> nth=2');
    await settle(page);
    await look(page, 'operator');
    await page.getByRole('link', { name: w.air }).first().click();
    await page.waitForSelector(`h1:has-text("${w.air}")`);
    await page.getByRole('button', { name: w.finish, exact: true }).click();
    await page.locator('.verbs form button[type="submit"]').click();
    const forward = page.getByRole('button', { name: w.forward });
    await forward.click();
    await page.getByText(w.gone).last().waitFor({ timeout: 120000 });
    await page.waitForSelector('.firm-main .verdict');
    await settle(page);
    await page.waitForFunction((words) => new RegExp(words, 'i')
      .test(document.querySelector('.firm-main .verdict').textContent), w.proved.source);
    check.match(await read(page, '.firm-main'), w.interval);
    await look(page, 'measure');
    await page.goto(`${program.url}/firm/brewery?as=operator&lang=${lang}`);
    await page.waitForSelector('.firm-main .verdict');
    await settle(page);
    check.match(await read(page, '.firm-main'), /188 MJ\/hl/);
    check.ok((await read(page, '.firm-main')).includes(w.passes));
    check.ok(await value() > before, 'the bar of the city moved');
  });

  await test(say('a corrected reading moves what is above it; the old bill stays as it was'), async () => {
    const bills = async () => (await program.get('/api/v1/core/bills?limit=200')).items
      .filter((bill) => bill.number.startsWith('brewery/electricity'));
    const before = await bills();
    const newest = before.filter((bill) => bill.state === 'issued')
      .sort((a, b) => b.period_from.localeCompare(a.period_from))[0];
    const series = `series=${newest.series}&from=${newest.period_from}&to=${newest.period_to}`;
    const page = await open(`/firm/brewery?why=${encodeURIComponent(series)}`, 'operator');
    await page.waitForSelector('dialog .why-readings tbody tr');
    const was = await read(page, 'dialog .big-value');
    await page.locator('dialog .why-readings tbody button').nth(1).click(); /* 0:00 of the first */
    const field = page.locator('dialog form input').first();
    const old = Number((await field.inputValue()).replace(',', '.'));
    await field.fill(String(old + 20).replace('.', lang === 'vi' ? ',' : '.'));
    await page.locator('dialog form').getByLabel(w.reason).fill('đọc nhầm chữ số');
    await page.locator('dialog form button[type="submit"]').click();
    await page.waitForSelector('dialog .big.changed');
    check.notEqual(await read(page, 'dialog .big-value'), was);
    await look(page, 'correction');
    for (let i = 0; i < 100 && (await bills()).length === before.length; i += 1) await page.waitForTimeout(100);
    const kept = (await bills()).find((bill) => bill.id === newest.id);
    check.deepEqual([kept.state, kept.total], ['superseded', newest.total]);
    await page.goto(`${program.url}/firm/brewery?why=bill%3D${newest.id}&as=operator&lang=${lang}`);
    await page.waitForSelector('dialog[open] #why-title');
    await page.waitForFunction((words) => new RegExp(words).test(document.querySelector('dialog').innerText),
      w.revision.source);
  });
}
