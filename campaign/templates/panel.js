/* Keeps an open panel fresh; without it the panel is the one of the page. */
(() => {
  'use strict';
  const FIRST = 500;
  const POLL = 30000;

  const start = host => {
    if (host.ordersave) return;
    host.ordersave = true;
    /* a page that a script put together has the template, and not its root */
    const inside = host.querySelector('template[shadowrootmode]');
    if (inside && !host.shadowRoot) {
      host.attachShadow({mode: 'open'}).append(inside.content);
      inside.remove();
    }
    const root = host.shadowRoot || host;
    let version = host.dataset.version;

    /* a chat that the shop has loaded may open itself instead of the link */
    root.addEventListener('click', event => {
      const asked = new CustomEvent('ordersave-chat', {cancelable: true});
      if (event.target.closest('a[data-chat]') && !document.dispatchEvent(asked)) event.preventDefault();
    });

    const refresh = async () => {
      /* who is filling something in is not interrupted */
      if (root.querySelector('form :focus')) return true;
      const headers = version ? {'If-None-Match': version} : {};
      /* the store says whose order it is: to who is known there */
      const credentials = 'asks' in host.dataset ? 'same-origin' : 'omit';
      const answer = await fetch(host.dataset.panel, {headers, credentials, cache: 'no-store'});
      const proven = answer.headers.get('X-Ordersave-Panel');
      if (proven) {
        [host.dataset.panel, host.dataset.live] = proven.split(' ');
        delete host.dataset.asks;
      }
      if (answer.status === 204 || answer.status === 304) return true;
      /* a place that was kept in vain: nobody's order, or not this visitor's */
      if (!answer.ok && !version && answer.status < 500) host.remove();
      if (!answer.ok) return answer.status >= 500;
      const section = root.querySelector('section');
      const opened = [...section.querySelectorAll('details')].map(d => d.open);
      const heading = section.querySelector('h2');
      const was = heading && heading.textContent;
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').body;
      version = answer.headers.get('ETag');
      fresh.querySelectorAll('details').forEach((d, i) => { d.open = !!opened[i]; });
      const now = fresh.querySelector('h2');
      /* a heading that stays is read out by a screen reader when its words change */
      if (heading && now) {
        if (was !== now.textContent) heading.textContent = now.textContent;
        now.remove();
        while (heading.nextSibling) heading.nextSibling.remove();
        heading.after(...fresh.childNodes);
      } else {
        section.replaceChildren(...fresh.childNodes);
      }
      section.classList.remove('os-wait');
      return true;
    };

    /* a place that was kept is filled soon; what is there is asked for from time to time */
    let timer, wait = FIRST;
    const poll = async () => {
      let go = true;
      if (document.visibilityState === 'visible') go = await refresh().catch(() => true);
      wait = version ? POLL : Math.min(2 * wait, POLL);
      if (go) timer = setTimeout(poll, wait);
    };

    const listen = () => {
      const source = new EventSource(host.dataset.live);
      source.onopen = () => { clearTimeout(timer); timer = 0; refresh().catch(() => {}); };
      source.addEventListener('changed', () => refresh().catch(() => {}));
      /* a closed source (204: the server has enough of them) will not come back by itself */
      source.onerror = () => { if (source.readyState === EventSource.CLOSED && !timer) poll(); };
      addEventListener('pagehide', () => source.close(), {once: true});
    };

    if (host.dataset.live && window.EventSource) listen(); else poll();
  };

  const all = () => document.querySelectorAll('[data-panel]').forEach(start);
  all();
  document.addEventListener('DOMContentLoaded', all);
  addEventListener('pageshow', event => { if (event.persisted) location.reload(); });
})();
