'use strict';
// Whatever comes from the fake is put into the page as text, never as markup.
const $ = id => document.getElementById(id);
const put = (el, props, kids) => {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith('on')) el.addEventListener(name.slice(2), value);
    else if (name === 'width') el.style.width = value;
    else if (value === true) el.setAttribute(name, '');
    else if (value !== false && value != null) el.setAttribute(name, value);
  }
  el.append(...kids.flat(3).filter(kid => kid != null && kid !== false && kid !== ''));
  return el;
};
const h = (tag, props, ...kids) => put(document.createElement(tag), props, kids);
const dim = (...kids) => h('span', { class: 'dim' }, kids);
const box = (kind, ...kids) => h('div', { class: kind }, kids);
const g = (tag, props, ...kids) => put(document.createElementNS('http://www.w3.org/2000/svg', tag), props, kids);

let talk;
const say = (text, bad) => {
  $('said').textContent = text;
  $('said').className = bad ? 'err' : '';
  clearTimeout(talk);
  talk = setTimeout(() => $('said').textContent = '', bad ? 8000 : 2500);
};
const call = async (method, path, body) => {
  const answer = await fetch('/_mock' + path, {
    method, body: body && JSON.stringify(body), headers: body ? { 'content-type': 'application/json' } : {},
  });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get('content-type')) && text ? JSON.parse(text) : {};
  if (!answer.ok) {
    const why = json.errorCauses?.[0]?.errorSummary ?? json.errorSummary;
    throw Error(json.error ?? `${answer.status} ${json.errorCode ?? ''} ${why ?? ''}`);
  }
  const next = /after=([^&>]+)[^>]*>; rel="next"/.exec(answer.headers.get('link'));
  return { json, text, next: next?.[1] };
};
const quote = encodeURIComponent;
const get = async path => (await call('GET', path)).json;
// Does something on a click, says how it went, and shows what came of it.
const act = (what, run, then = 'Done') => async event => {
  event?.preventDefault();
  try {
    await run(event);
    say(then);
    for (const one of document.querySelectorAll('main [open]')) one.open = false;
    await refresh(true);
  } catch (error) { say(`${what}: ${error.message}`, true); }
};
const button = (label, run, props) => h('button', { type: 'button', onclick: act(label, run, props?.then), ...props, then: null }, label);
const copy = (label, path) => button(label, async () => navigator.clipboard.writeText((await call('GET', path)).text), { then: 'Copied' });

const clock = iso => h('time', { title: iso }, iso.slice(11, 19), h('span', { class: 'wide' }, iso.slice(19, 23)));
const span = ms => ms < 1000 ? `${ms} ms` : ms < 6e4 ? `${(ms / 1e3).toFixed(1)} s` : ms < 36e5 ? `${(ms / 6e4).toFixed(1)} min` : ms < 864e5 ? `${(ms / 36e5).toFixed(1)} h` : `${(ms / 864e5).toFixed(1)} d`;
const chip = (text, kind) => h('span', { class: `chip ${kind}` }, String(text));
const kindOf = status => status == null || status >= 500 || status === 429 ? 'err' : status >= 400 ? 'warn' : status >= 300 ? 'mid' : 'ok';
const kindOfUser = status => ({ ACTIVE: 'ok', DEPROVISIONED: 'err', SUSPENDED: 'warn', LOCKED_OUT: 'warn' })[status] ?? 'mid';
const gauge = (part, whole, label) => {
  const share = whole ? Math.min(1, part / whole) : 0;
  return h('span', { class: `gauge ${share >= 1 ? 'err' : share >= .6 ? 'warn' : ''}`, role: 'meter', 'aria-label': label, 'aria-valuenow': part, 'aria-valuemin': 0, 'aria-valuemax': whole, title: `${label}: ${part} of ${whole}` },
    h('i', { width: `${share * 100}%` }));
};
const facts = pairs => h('dl', {}, Object.entries(pairs).filter(([, value]) => value != null && value !== '').map(([name, value]) =>
  [h('dt', {}, name), h('dd', {}, value instanceof Node ? value : h('code', {}, String(value)))]));
const json = value => h('pre', { tabindex: 0 }, JSON.stringify(value, null, 2));
const raw = value => h('details', {}, h('summary', {}, 'JSON'), json(value));
const search = (label, run, props) => h('input', { type: 'search', placeholder: `${label}  (/)`, 'aria-label': label, oninput: run, ...props });
const none = text => h('p', { class: 'none' }, text);
const table = (caption, heads, rows) => h('table', {}, h('caption', { class: 'vh' }, caption),
  h('thead', {}, h('tr', {}, heads.map(head => h('th', { scope: 'col', class: /^\+/.test(head) && 'wide' }, head.replace('+', ''))))), h('tbody', {}, rows));
// Puts new contents into a place and keeps the focus where it was. Waits while a button is held down or something is unfolded.
let held = false;
addEventListener('pointerdown', () => held = true);
addEventListener('pointerup', () => setTimeout(() => held = false));
const fill = (el, ...kids) => {
  if (held || el.querySelector('[open]')) return;
  const focus = el.contains(document.activeElement) && document.activeElement.dataset.k;
  const next = put(el.cloneNode(), {}, kids);
  if (next.isEqualNode(el)) return;
  el.replaceChildren(...next.childNodes);
  if (focus) [...el.querySelectorAll('[data-k]')].find(kid => kid.dataset.k === focus)?.focus();
};
const pane = () => h('aside', { 'aria-label': 'Details', hidden: true });
const open = (aside, title, ...kids) => {
  aside.hidden = false;
  const close = () => { aside.hidden = true; go(tab); };
  aside.replaceChildren(h('div', {}, title, h('button', { class: 'x', type: 'button', 'aria-label': 'Close', onclick: close }, '×')), ...kids.flat().filter(kid => kid));
};

// Requests
let journal = [];
const requests = {
  title: 'Requests', words: '', last: 0,
  build(at) {
    this.list = h('div');
    this.aside = pane();
    at.append(box('bar', search('Filter by path, status, caller or fault', event => { this.words = event.target.value.toLowerCase(); this.show(); }),
      h('span', { class: 'end' }), button('Clear', async () => { await call('DELETE', '/requests'); journal = []; this.show(); })),
    box('split', this.list, this.aside));
  },
  take(rows) {
    journal.push(...rows);
    journal = journal.slice(-1000);
    this.last = rows.at(-1)?.n ?? this.last;
    this.drawn ??= requestAnimationFrame(() => { this.drawn = null; this.show(); });
  },
  show() {
    badge('requests', journal.at(-1)?.n ?? 0);
    if (tab !== 'requests') return;
    const wanted = journal.filter(row => this.words.split(' ').every(word => `${row.method} ${row.path}?${row.query} ${row.status} ${row.principal} ${row.error_code} ${row.hint}`.toLowerCase().includes(word)));
    fill(this.list, wanted.length ? table('Requests, newest first', ['Time', 'Request', 'Status', '+Used', '+Bytes'], wanted.slice(-200).reverse().map(row =>
      h('tr', { class: `${row.faulted ? 'late' : row.status === 429 || row.status >= 500 ? 'bad' : ''} ${rest[0] == row.n ? 'on' : ''}` },
        h('td', {}, clock(row.at)),
        h('td', { class: 'w m' }, h('button', { class: 'row m', 'data-k': row.n, onclick: () => go('requests', row.n) },
          h('span', { class: 'v' }, chip(row.method, row.method === 'GET' ? '' : row.method === 'DELETE' ? 'err' : 'mid')), h('span', {}, row.path, row.query && dim(`?${row.query}`))),
          row.hint && box('hint', row.hint)),
        h('td', {}, chip(row.status, kindOf(row.status))),
        h('td', { class: 'wide' }, row.rate.limit != null && gauge(row.rate.limit - row.rate.remaining, row.rate.limit, row.bucket)),
        h('td', { class: 'wide r dim' }, row.bytes.toLocaleString('en'))))) :
      none(journal.length ? 'Nothing matches.' : 'No request yet. Point a client at this org.'));
    const row = journal.find(row => row.n == rest[0]);
    if (row && this.shown !== row.n) this.detail(row);
    this.shown = row?.n;
    if (!row) this.aside.hidden = true;
  },
  detail(row) {
    const query = Object.fromEntries([...new URLSearchParams(row.query)].map(([name, value]) => [`?${name}`, value]));
    open(this.aside, h('h3', {}, `${row.method} ${row.path}`),
      h('p', {}, chip(row.status, kindOf(row.status)), ' ', row.error_code && h('code', {}, row.error_code)),
      row.hint && h('p', { class: 'hint' }, row.hint),
      box('do', copy('Copy as curl', `/requests/${row.n}/curl`), copy('Copy as Rust test', `/requests/${row.n}/rust`)),
      facts({ number: row.n, time: row.at, ...query, caller: row.principal ?? 'nobody known', bucket: row.bucket,
        left: row.rate.limit != null ? `${row.rate.remaining} of ${row.rate.limit}, reset ${new Date(row.rate.reset * 1e3).toISOString().slice(11, 19)}` : null,
        next: row.next, bytes: row.bytes, faults: row.faults.join(', '), 'user agent': row.user_agent }));
  },
  async refresh() { this.show(); },
};

// Org
const org = {
  title: 'Org', kind: 'users', q: '', rows: [],
  build(at) {
    this.seg = h('span', { class: 'seg', role: 'group', 'aria-label': 'Kind' }, ['users', 'groups', 'apps'].map(kind =>
      h('button', { type: 'button', 'data-kind': kind, onclick: () => go('org', kind) }, kind[0].toUpperCase() + kind.slice(1))));
    this.list = h('div', { class: 'stack' });
    this.aside = pane();
    at.append(box('bar', this.seg, search('Find by the start of a name', event => { this.q = event.target.value; clearTimeout(this.wait); this.wait = setTimeout(() => this.load(), 150); })),
      box('split', this.list, this.aside));
  },
  async load(after) {
    // What was asked for earlier may come later.
    const mine = this.newest = {};
    const one = this.q ? `&q=${quote(this.q)}` : '';
    const page = await call('GET', `/api/v1/${this.kind}?limit=50${one}${after ? `&after=${after}` : ''}`);
    if (mine !== this.newest) return;
    this.rows = after ? [...this.rows, ...page.json] : page.json;
    this.next = page.next;
    this.show();
  },
  async refresh(changed) {
    const kind = ['users', 'groups', 'apps'].includes(rest[0]) ? rest[0] : 'users';
    if (kind !== this.kind || changed || !this.rows.length) { this.kind = kind; await this.load(); } else this.show();
    const id = rest[1];
    if (id && (changed || this.shown !== id)) await this[this.kind](id);
    this.shown = id;
    this.aside.hidden = !id;
  },
  show() {
    for (const one of this.seg.children) one.setAttribute('aria-pressed', one.dataset.kind === this.kind);
    const cells = {
      users: row => [[row.profile.firstName, row.profile.lastName].join(' '), row.profile.login, chip(row.status, kindOfUser(row.status))],
      groups: row => [row.profile.name, row.profile.description ?? '', chip(row.type, 'mid')],
      apps: row => [row.label, row.signOnMode, chip(row.status, kindOfUser(row.status))],
    }[this.kind];
    fill(this.list, this.rows.length ? table(this.kind, ['Name', '+', 'State'], this.rows.map(row => {
      const [name, more, state] = cells(row);
      return h('tr', { class: rest[1] === row.id && 'on' },
        h('td', { class: 'w' }, h('button', { class: 'row', 'data-k': row.id, onclick: () => go('org', this.kind, row.id) }, name || row.id), box('dim m', more)),
        h('td', { class: 'wide dim m' }, row.id), h('td', {}, state));
    })) : none('Nobody and nothing here.'), this.next && h('button', { onclick: act('More', () => this.load(this.next), 'Loaded') }, 'More'));
  },
  links(rows, kind, name) {
    return rows.length ? rows.map(row => [h('a', { href: `#org/${kind}/${row.id}` }, name(row)), ' · ']).flat().slice(0, -1) : dim( 'none');
  },
  async users(id) {
    const path = `/api/v1/users/${quote(id)}`;
    const user = await get(path);
    const groups = await get(`${path}/groups`);
    if (rest[1] !== id) return;
    const simulate = (label, event, count) => button(label, () => call('POST', `/users/${id}/simulate`, { event, ...count }));
    const lifecycle = Object.entries(user._links ?? {}).filter(([, link]) => /lifecycle/.test(link.href)).map(([name, link]) =>
      button(name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`), () => call('POST', new URL(link.href).pathname + '?sendEmail=false'), { class: name === 'deactivate' && 'no' }));
    open(this.aside, h('h3', {}, `${user.profile.firstName} ${user.profile.lastName}`),
      h('p', {}, chip(user.status, kindOfUser(user.status)), ' ', h('code', {}, user.profile.login)),
      box('do', lifecycle),
      box('do', simulate('sign in', 'sign_in'), simulate('fail to sign in', 'failed_sign_in'), user.status === 'ACTIVE' && simulate('lock out', 'lock')),
      facts({ id: user.id, created: user.created, 'last login': user.lastLogin, 'last updated': user.lastUpdated, groups: h('span', {}, this.links(groups, 'groups', row => row.profile.name)) }),
      raw(user));
  },
  groups(id) { return this.crowd('groups', id, row => row.profile.name, row => row.profile.login); },
  apps(id) { return this.crowd('apps', id, row => row.label, row => row.credentials?.userName ?? row.id); },
  async crowd(kind, id, name, member) {
    const path = `/api/v1/${kind}/${quote(id)}`;
    const [one, users] = await Promise.all([get(path), get(`${path}/users?limit=30`)]);
    if (rest[1] !== id) return;
    open(this.aside, h('h3', {}, name(one)), facts({ id, state: one.status, type: one.type, 'sign on': one.signOnMode, 'last updated': one.lastUpdated,
      users: h('span', {}, this.links(users, 'users', member), users.length === 30 && ' …') }), raw(one));
  },
};

// System Log
const LATE = 2000;
const log = {
  title: 'System Log', words: '', rows: [],
  build(at) {
    this.lanes = g('svg', { class: 'lanes', role: 'img', 'aria-label': 'When events happened, above, and when they could be read, below' });
    this.list = h('div');
    this.aside = pane();
    at.append(box('bar', search('Filter by type, actor, target', event => { this.words = event.target.value.toLowerCase(); this.show(); }),
      h('label', {}, h('input', { type: 'checkbox', onchange: event => { this.only = event.target.checked; this.show(); } }), 'late only'), this.sum = h('span', { class: 'dim end' })),
    box('card', this.lanes), box('split', this.list, this.aside));
  },
  async refresh(changed) {
    const brief = (await call('GET', '/log?last=150')).text;
    if (changed || brief !== this.brief) {
      this.rows = (await get('/log?last=150&detail=true')).events.map(row => ({ ...row, at: Date.parse(row.published), seen: Math.max(Date.parse(row.persisted), Date.parse(row.visible_at)) }));
      for (const row of this.rows) row.late = row.seen - row.at >= LATE;
      this.brief = brief;
    }
    this.show();
  },
  show() {
    const rows = this.rows.filter(row => (!this.only || row.late) && this.words.split(' ').every(word => JSON.stringify(row.event).toLowerCase().includes(word)));
    this.sum.textContent = `last ${this.rows.length} by persistence, ${this.rows.filter(row => row.late).length} late`;
    this.draw(rows);
    const who = party => party && (party.displayName ?? party.alternateId ?? party.id);
    fill(this.list, rows.length ? table('Events, newest first', ['Published', 'Readable', 'Event', 'Outcome'], rows.toReversed().map(row =>
      h('tr', { class: `${row.late ? 'late' : ''} ${rest[0] === row.uuid ? 'on' : ''}` },
        h('td', {}, clock(row.published)),
        h('td', {}, h('span', { title: row.visible_at, class: row.late ? '' : 'dim' }, row.seen > time() ? `in ${span(row.seen - time())}` : `+${span(row.seen - row.at)}`), row.late && [' ', chip(row.seen > time() ? 'hidden' : 'late', 'warn')]),
        h('td', { class: 'w' }, h('button', { class: 'row m', 'data-k': row.uuid, onclick: () => go('log', row.uuid) }, row.eventType),
          box('dim', [who(row.event.actor), ...(row.event.target ?? []).map(who)].filter(name => name).join(' → '))),
        h('td', {}, chip(row.event.outcome?.result ?? '–', row.event.outcome?.result === 'FAILURE' ? 'err' : 'ok'))))) :
      none('No event here.'));
    const row = this.rows.find(row => row.uuid === rest[0]);
    if (row && this.shown !== row.uuid) {
      open(this.aside, h('h3', { class: 'm' }, row.eventType), h('p', {}, row.event.displayMessage),
        facts({ published: row.published, persisted: row.persisted, 'visible at': row.visible_at, position: row.position, uuid: row.uuid }), json(row.event));
    }
    this.shown = row?.uuid;
    this.aside.hidden = !row;
  },
  draw(rows) {
    if (!rows.length) return this.lanes.replaceChildren();
    const from = Math.min(...rows.map(row => row.at)), to = Math.max(...rows.map(row => row.seen), from + 1000);
    const x = ms => `${1 + 98 * (ms - from) / (to - from)}%`;
    const text = (x, y, words, kind) => g('text', { x, y, class: kind }, words);
    const date = ms => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
    this.lanes.replaceChildren(text(0, 10, 'published'), text(0, 102, 'readable'), text('100%', 10, `${date(from)} … ${date(to)}`, 'to'),
      ...[28, 76].map(y => g('line', { x1: 0, x2: '100%', y1: y, y2: y })),
      ...rows.map(row => g('line', { class: row.late ? 'late' : 't', x1: x(row.at), y1: 28, x2: x(row.seen), y2: 76 })),
      ...rows.flatMap(row => [g('circle', { class: row.late && 'late', cx: x(row.at), cy: 28, r: 3.5 }),
        g('circle', { class: row.seen > time() ? 'hid' : row.late && 'late', cx: x(row.seen), cy: 76, r: row.late ? 4.5 : 3.5 }, g('title', {}, `${row.eventType} +${span(row.seen - row.at)}`))]));
  },
};

// Deliveries
const deliveries = {
  title: 'Deliveries',
  build(at) { at.append(this.bar = h('div', { class: 'bar' }), this.targets = h('div', { class: 'cards' }), this.list = h('div')); },
  async refresh() {
    const [{ deliveries: rows }, state, hooks, streams] = await Promise.all([get('/deliveries?last=200'), get('/hooks'), get('/api/v1/eventHooks'), get('/api/v1/logStreams')]);
    const failed = rows.filter(row => kindOf(row.status) !== 'ok').length;
    badge('deliveries', failed || rows.at(-1)?.n, failed > 0);
    if (tab !== 'deliveries') return;
    const names = new Map([...hooks, ...streams].map(one => [one.id, one.name]));
    fill(this.bar, state.paused ? button('Resume', () => call('POST', '/deliveries/resume'), { class: 'go', 'data-k': 'p' }) : button('Pause', () => call('POST', '/deliveries/pause'), { 'data-k': 'p' }),
      button('Close batching windows', () => call('POST', '/deliveries/flush'), { 'data-k': 'f' }),
      h('span', { class: 'dim end' }, `${state.waiting} waiting · ${state.sent_today} of ${state.daily_cap.toLocaleString('en')} events today`));
    fill(this.targets, hooks.map(hook => box('card', h('h3', {}, hook.name, ' ', chip(hook.status, kindOfUser(hook.status)), ' ', chip(hook.verificationStatus, hook.verificationStatus === 'VERIFIED' ? 'ok' : 'warn')),
      h('code', { class: 'dim' }, hook.channel.config.uri), box('do', button('Send a preview', () => call('POST', `/hooks/${hook.id}/preview`), { 'data-k': hook.id })))),
    streams.map(stream => box('card', h('h3', {}, stream.name, ' ', chip(stream.status, kindOfUser(stream.status))), h('code', { class: 'dim' }, stream.type))));
    fill(this.list, rows.length ? table('Attempts to push, newest first', ['Time', 'Receiver', '+Events', '+Try', 'Answer', ''], rows.toReversed().map(row => h('tr', { class: `${kindOf(row.status) !== 'ok' ? 'bad' : ''} ${rest[0] == row.n ? 'on' : ''}` },
      h('td', {}, clock(row.at)),
      h('td', { class: 'w' }, names.get(row.target) ?? row.target, box('dim m', `${row.channel} · push ${row.push.slice(0, 8)}`)),
      h('td', { class: 'wide' }, h('details', {}, h('summary', {}, row.events.length), row.events.map(uuid => box('m', h('a', { href: `#log/${uuid}` }, uuid))))),
      h('td', { class: 'wide' }, row.attempt), h('td', {}, chip(row.status ?? 'none', kindOf(row.status)), ' ', dim( span(row.duration_ms)), row.error && box('hint', row.error)),
      h('td', {}, button('Redeliver', () => call('POST', `/deliveries/${row.n}/redeliver`), { 'data-k': `r${row.n}` }))))) :
      none(hooks.length + streams.length ? 'Nothing pushed yet.' : 'No Event Hook and no log stream is registered.'));
  },
};

// Limits
const limits = {
  title: 'Limits',
  build(at) { at.append(this.bar = h('div', { class: 'bar' }), this.list = h('div', { class: 'cards' })); },
  async refresh(changed) {
    const all = await get('/rate-limits');
    const violations = all.violations + all.concurrency_violations;
    badge('limits', violations || '', true);
    if (tab !== 'limits') return;
    const set = body => call('PUT', '/rate-limits', body);
    const scale = by => set({ buckets: all.buckets.map(bucket => ({ bucket: bucket.bucket, limit: Math.max(1, Math.round(bucket.limit * by)) })) });
    if (changed || !this.bar.contains(document.activeElement)) {
      fill(this.bar, h('label', {}, 'Plan', h('select', { onchange: act('Plan', event => set({ mode: event.target.value })) }, ['off', 'integrator', 'enterprise', 'workforce'].map(mode => h('option', { selected: mode === all.mode }, mode)))),
        button('All ÷ 10', () => scale(.1)), button('All × 10', () => scale(10)), button('Forget all windows', () => call('POST', '/rate-limits/reset')),
        h('span', { class: 'dim end' }, `window ${span(all.window_ms)} · a token's share ${all.token_share_percent} % · at once ${all.in_flight}${all.concurrency ? ` of ${all.concurrency}` : ''} · ${violations} refused`));
    }
    fill(this.list, all.buckets.map(bucket => h('div', { class: 'card stack' },
      h('div', {}, h('code', {}, bucket.bucket)), gauge(bucket.used, bucket.limit, bucket.bucket),
      box('bar', h('span', {}, h('b', {}, bucket.used), dim(` of ${bucket.limit.toLocaleString('en')} · one token ${bucket.token_limit.toLocaleString('en')}${bucket.reset ? ` · reset in ${span(Math.max(0, bucket.reset * 1e3 - time()))}` : ''}`)),
        h('span', { class: 'end' }, button('Use up', () => call('PUT', '/rate-limits/force', { bucket: bucket.bucket, remaining: 0 }), { 'data-k': bucket.bucket, title: all.mode === 'off' ? 'Nothing is refused while limits are off' : 'The next request gets a 429' }))))));
  },
};

// Faults
const KINDS = {
  '429, bucket used up': { rate_limit: true }, '429, too many at once': { concurrency_429: true }, '500, internal error': { status: 500, errorCode: 'E0000009' }, '503, maintenance': { maintenance_503: true },
  'token revoked': { auth_revoked: true }, 'cursor expired': { expire_cursor: true }, 'no next link': { drop_next: true }, 'next link elsewhere': { next_link: { host: 'attacker.invalid' } },
  'body cut off': { truncate_body: 200 }, 'malformed JSON': { malformed_json: true }, '5 s late': { delay: '5s' }, 'connection reset': { transport: 'reset_peer' },
};
const brief = value => Object.entries(value).filter(([, one]) => one != null && one != 0).map(([name, one]) => one === true ? name : `${name} ${typeof one === 'object' ? JSON.stringify(one) : one}`).join(', ');
const faults = {
  title: 'Faults',
  build(at) {
    const on = h('input', { list: 'routes', value: 'GET /api/v1/users', 'aria-label': 'Method and path' });
    const what = h('select', { 'aria-label': 'What happens' }, Object.keys(KINDS).map(kind => h('option', {}, kind)));
    const number = label => h('input', { class: 'n', type: 'number', min: 1, placeholder: label, 'aria-label': label });
    const nth = number('nth'), times = number('times');
    const text = h('textarea', { 'aria-label': 'The rule as JSON', spellcheck: 'false' });
    const write = () => text.value = JSON.stringify({ on: on.value, nth: +nth.value || undefined, times: +times.value || undefined, do: KINDS[what.value] });
    const seed = h('input', { class: 'n', type: 'number', min: 0, value: 7, 'aria-label': 'Seed' }), budget = h('input', { class: 'n', type: 'number', min: 1, value: 20, 'aria-label': 'How many' });
    at.append(box('split', h('div', {}, this.list = h('div')), box('card side', h('h3', {}, 'Plan a fault'),
      h('form', { class: 'stack', oninput: event => event.target !== text && write(), onsubmit: act('Fault', () => call('POST', '/faults', JSON.parse(text.value)), 'Planned') },
        on, h('datalist', { id: 'routes' }, ['GET /api/v1/users', 'GET /api/v1/users/*', 'GET /api/v1/groups', 'GET /api/v1/groups/*/users', 'GET /api/v1/apps', 'GET /api/v1/logs', 'POST /oauth2/v1/token', '* /api/v1/*'].map(value => h('option', { value }))),
        what, box('bar', nth, times), text, box('bar', h('button', { class: 'go' }, 'Plan it'), button('Remove all', () => call('DELETE', '/faults'), { class: 'no' }))),
      h('h2', {}, 'Chaos'), h('p', { class: 'dim' }, 'Spoils early reads in ways that a careful client survives.'),
      box('do', h('label', {}, 'seed', seed), h('label', {}, 'faults', budget), button('Let loose', () => call('POST', '/chaos', { seed: +seed.value, budget: +budget.value })), button('Heal', () => call('POST', '/heal'))))));
    write();
  },
  async refresh() {
    const { faults: rules } = await get('/faults');
    badge('faults', rules.length || '');
    if (tab !== 'faults') return;
    fill(this.list, rules.length ? table('Faults, in the order they are asked', ['', 'On', 'When', 'Does', 'Acted', ''], rules.map(rule => h('tr', { class: rule.acted && 'late' },
      h('td', { class: 'dim' }, rule.id),
      h('td', { class: 'm' }, rule.name && h('b', {}, rule.name, ' '), rule.chaos && chip('chaos', 'mid'), h('div', {}, rule.on ?? JSON.stringify(rule.match)), rule.near_miss && box('hint', `never matched; perhaps meant for ${rule.near_miss}?`)),
      h('td', { class: 'dim' }, brief({ nth: rule.nth, times: rule.times, ...rule.when }) || 'always'),
      h('td', { class: 'w m' }, brief(rule.do)), h('td', {}, h('b', {}, rule.acted), dim(` of ${rule.seen}`)),
      h('td', {}, button('Remove', () => call('DELETE', `/faults?id=${rule.id}`), { class: 'no', 'data-k': rule.id }))))) :
      none('No fault is planned.'));
  },
};

// Clock
let shown = { now_ms: Date.now(), mode: 'real' }, taken = performance.now();
const pace = () => /^(real|tokio)/.test(shown.mode) ? 1 : +shown.mode.split(':')[1] || 0;
const time = () => shown.now_ms + pace() * (performance.now() - taken);
const clockTab = {
  title: 'Clock',
  build(at) {
    const advance = by => button(`+${by}`, () => call('POST', '/clock/advance', { by }));
    const to = h('input', { value: '', 'aria-label': 'Time to move to', placeholder: '2027-01-01T00:00:00Z' });
    at.append(box('card stack', this.big = h('p', { class: 'big' }), this.state = h('p', { class: 'dim' }),
      box('do', button('Freeze', () => call('PUT', '/clock', { mode: 'manual' })), ['1m', '1h', '24h'].map(advance), button('Run at real pace', () => call('PUT', '/clock', { mode: 'real' }))),
      h('form', { class: 'do', onsubmit: act('Clock', () => call('PUT', '/clock', { now: to.value })) }, to, h('button', {}, 'Move there')),
      h('p', { class: 'dim' }, 'Everything follows this clock: timestamps, rate-limit windows, tokens, batches, retries, planned delays. It only moves forwards.')));
  },
  async refresh() { shown = await get('/clock'); taken = performance.now(); this.tick(); },
  tick() {
    const now = new Date(time()).toISOString(), lead = time() - Date.now();
    $('now').replaceChildren(h('span', { class: 'wide' }, now.slice(0, 10), ' '), now.slice(11, 19));
    $('now').className = pace() ? '' : 'stands';
    if (!this.big) return;
    this.big.textContent = now.slice(0, 19).replace('T', ' ');
    this.state.textContent = `${pace() ? 'runs' : 'stands still'}${Math.abs(lead) < 1500 ? ', as this machine\'s clock' : `, ${span(Math.abs(lead))} ${lead > 0 ? 'ahead of' : 'behind'} this machine's clock`}`;
  },
};

// Conduct
const conduct = {
  title: 'Conduct',
  build(at) { at.append(this.list = h('div')); },
  async refresh() {
    const found = await get('/conduct');
    this.lints ??= (await get('/conduct/lints')).lints;
    badge('conduct', found.findings.length || '', true);
    if (tab !== 'conduct') return;
    const cite = (kind, numbers) => numbers.length > 0 && h('p', { class: 'm' }, `${kind} `, numbers.slice(0, 40).map(n => [h('a', { href: `#${kind}/${n}` }, n), ' ']), numbers.length > 40 && '…');
    fill(this.list, found.clean ? none('Nothing to say: the client does what Okta recommends.') :
      box('stack', found.findings.map(one => box('card stack', h('h3', {}, chip(one.code, 'warn'), ' ', one.what), cite('requests', one.requests), cite('deliveries', one.deliveries)))),
    h('h2', {}, 'What is looked for'), box('cards', this.lints.map(one => h('div', {}, chip(one.code, found.findings.some(other => other.code === one.code) ? 'warn' : 'ok'), ' ', one.what))));
  },
};

// The whole
const tabs = { requests, org, log, deliveries, limits, faults, clock: clockTab, conduct };
let tab = 'requests', rest = [];
const badge = (name, text, bad) => {
  const at = $(`t-${name}`).querySelector('b');
  at.textContent = text || '';
  at.hidden = !text;
  at.className = bad && text ? 'bad' : '';
};
const go = (...to) => { const hash = `#${to.join('/')}`; if (location.hash === hash) route(); else location.hash = hash; };
const route = () => {
  const [name, ...more] = decodeURIComponent(location.hash.slice(1)).split('/');
  tab = tabs[name] ? name : 'requests';
  rest = more;
  for (const other of Object.keys(tabs)) {
    const here = other === tab;
    $(`t-${other}`).setAttribute('aria-selected', here);
    $(`t-${other}`).tabIndex = here ? 0 : -1;
    $(`p-${other}`).hidden = !here;
    if (here) $(`t-${other}`).scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  document.title = `${tabs[tab].title} · okta-mock`;
  refresh();
};
const refresh = async changed => {
  try { await tabs[tab].refresh(changed); if (tab !== 'clock') await clockTab.refresh(); } catch (error) {
    if (error instanceof TypeError) state('gone', 'not answering'); else say(error.message, true);
  }
};
const state = (kind, text) => { $('live').className = kind; $('live').textContent = text; };

// Requests come as server-sent events; where these do not get through they are asked for every second.
const listen = () => {
  const source = new EventSource(`/_mock/requests/stream?after=${requests.last}`);
  let failed = 2;
  source.onopen = () => { failed = 0; state('live', 'live'); };
  source.onmessage = event => requests.take(JSON.parse(event.data));
  source.addEventListener('reset', () => { journal = []; requests.last = 0; requests.show(); });
  source.onerror = () => {
    state('gone', 'not answering');
    if (source.readyState === EventSource.CLOSED || ++failed > 2) { source.close(); poll(10); }
  };
};
const poll = async left => {
  try {
    const { requests: rows } = await get(`/requests?after=${requests.last}&last=500`);
    state('polling', 'polling');
    if (rows.length) requests.take(rows);
  } catch { state('gone', 'not answering'); }
  setTimeout(() => left ? poll(left - 1) : listen(), 1000);
};

Object.entries(tabs).forEach(([name, one], n) => {
  document.querySelector('nav').append(h('button', { role: 'tab', id: `t-${name}`, 'aria-controls': `p-${name}`, onclick: () => go(name) }, h('kbd', { 'aria-hidden': 'true' }, n + 1), one.title, h('b', { hidden: true })));
  const panel = h('section', { role: 'tabpanel', id: `p-${name}`, 'aria-labelledby': `t-${name}`, hidden: true });
  document.querySelector('main').append(panel);
  one.build(panel);
});
addEventListener('hashchange', route);
addEventListener('keydown', event => {
  const names = Object.keys(tabs), typing = /INPUT|TEXTAREA|SELECT/.test(event.target.tagName);
  if (event.key === 'Escape') { if (typing) { if (event.target.type === 'search') { event.target.value = ''; event.target.dispatchEvent(new Event('input')); } event.target.blur(); } else if (rest.length) go(tab, ...(tab === 'org' ? [rest[0]] : [])); return; }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = $(`p-${tab}`).querySelector('input[type=search]');
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === '/' && box) { event.preventDefault(); box.focus(); }
  else if (names[event.key - 1]) go(names[event.key - 1]);
  else if (step && event.target.role === 'tab') { const to = names[(names.indexOf(tab) + step + names.length) % names.length]; go(to); $(`t-${to}`).focus(); }
  else if (event.target.classList.contains('row') && /^Arrow(Up|Down)$/.test(event.key)) {
    const rows = [...$(`p-${tab}`).querySelectorAll('.row')];
    event.preventDefault();
    rows[rows.indexOf(event.target) + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
  }
});
$('theme').onclick = () => {
  const dark = (document.documentElement.style.colorScheme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  document.documentElement.style.colorScheme = dark ? 'light' : 'dark';
};
$('url').textContent = location.origin;
(async () => {
  try {
    requests.take((await get('/requests?last=500')).requests);
    for (const one of [deliveries, limits, faults, conduct]) await one.refresh();
  } catch (error) { say(error.message, true); }
  route();
  listen();
})();
setInterval(() => clockTab.tick(), 250);
setInterval(() => document.hidden || refresh(), 2000);
