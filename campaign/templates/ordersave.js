/*
 * The offer before a storefront's own cancel. Put it before the shop's scripts:
 *
 *   <script src="/ordersave/ordersave.js"
 *           data-cancel="DELETE /api/orders/*"></script>
 *
 * Requests that are cancels wait for what the buyer says; all others, and all
 * of them when anything fails, go out as they came. See docs/headless.md.
 */
(function () {
  'use strict';
  var script = document.currentScript;
  var wire = window.fetch;
  var X = window.XMLHttpRequest.prototype;
  var can = window.HTMLDialogElement && window.AbortController && window.WeakMap && wire;

  if (!script || !can || !HTMLDialogElement.prototype.showModal || window.ordersave) return;
  window.ordersave = true;

  var base = script.src.replace(/[?#].*/, '').replace(/[^\/]*$/, '');
  var nonce = script.nonce;
  var data = script.dataset;
  var patience = +data.timeout || 1000;
  var cancels = (data.cancel || '').split(',').map(function (text) {
    var word = text.trim().split(/\s+/);
    var path = word[1] && word[1].replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace('*', '([^/?]+)');
    return path && { method: word[0].toUpperCase(), path: new RegExp('^' + path + '$'), name: word[2] };
  }).filter(Boolean);
  var graph = data.graphql && data.graphql.trim().split(/\s+/);
  var answer = data.answer && /^\s*(\d{3})\s+([^]*)$/.exec(data.answer);
  var waiting = Object.create(null);


  /* 1. Is it a cancel, and of which order? */

  /* The one value of a name, however deep; several that differ are nobody's. */
  function find(value, name) {
    var found;
    if (!value || typeof value !== 'object') return;
    Object.keys(value).forEach(function (key) {
      var one = key === name && typeof value[key] !== 'object' ? String(value[key]) : find(value[key], name);
      if (one !== undefined) found = found === undefined || found === one ? one : '';
    });
    return found;
  }

  function member(body, query, name) {
    var fields = body && body.get ? body : null;
    if (typeof body === 'string') {
      if (/^\s*[{[]/.test(body)) return find(JSON.parse(body), name);
      fields = new URLSearchParams(body);
    }
    return fields && fields.get(name) || query.get(name);
  }

  function inMutation(body) {
    var asked = typeof body === 'string' && body.indexOf(graph[0]) >= 0 && JSON.parse(body);
    var text = asked && asked.query;
    if (typeof text !== 'string' || !/\bmutation\b/.test(text)) return;
    if (!new RegExp('\\b' + graph[0] + '\\s*\\(').test(text)) return;
    var said = new RegExp('[^$\\w]' + graph[1] + '\\s*:\\s*(?:\\$(\\w+)|"?([^"\\s,})]+))').exec(text);
    var id = !said ? find(asked.variables, graph[1]) : said[1] ? asked.variables[said[1]] : said[2];
    return id && graph[2] === 'base64' ? atob(id) : id;
  }

  /* Its order, or nothing; `body` may be one that nobody can read. */
  function orderOf(method, url, body) {
    var at = new URL(url, document.baseURI), id;
    var path = (at.origin === location.origin ? '' : at.origin) + at.pathname;
    method = method.toUpperCase();
    cancels.forEach(function (one) {
      var found = one.method === method && one.path.exec(path);
      if (found) id = one.name ? member(body, at.searchParams, one.name) : decodeURIComponent(found[1]);
    });
    if (!id && graph && method === 'POST') id = inMutation(body);
    return id && String(id);
  }


  /* 2. What has ordersave to say? Nothing, unless it does so in time. */

  function ask(url, how, time) {
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, time);
    how.signal = stop.signal;
    how.credentials = 'same-origin';
    how.cache = 'no-store';
    how.headers.Accept = 'application/vnd.ordersave+json';
    return wire.call(window, url, how).then(function (r) { return r.json(); }).then(function (said) {
      clearTimeout(timer);
      return said;
    });
  }

  /* Who the visitor is stands in cookies, or in headers of the storefront's own. */
  function offerOf(id, headers) {
    var own = {};
    Object.keys(headers).forEach(function (name) {
      if (!/^(accept|content-|if-|range$|x-ordersave)/i.test(name)) own[name] = headers[name];
    });
    return ask(base + 'offer?dialog=1&order=' + encodeURIComponent(id)
      + '&lang=' + encodeURIComponent(document.documentElement.lang), { headers: own }, patience);
  }


  /* 3. The dialog. Resolves with true: the storefront's request may go out. */

  function show(id, offer, gone) {
    var host = document.createElement('ordersave-dialog');
    var root = host.attachShadow({ mode: 'closed' });
    var box = document.createElement('dialog');
    var link = document.createElement('link');
    var state = 'closed', pressed, busy;

    function fill(said) {
      var policy = window.trustedTypes && trustedTypes.defaultPolicy;
      var html = said.dialog.html;
      if (window.trustedTypes && !policy) {
        policy = show.policy = show.policy || trustedTypes.createPolicy('ordersave', { createHTML: String });
      }
      box.innerHTML = policy ? policy.createHTML(html) : html;
      var title = box.querySelector('h1');
      title.id = 'title';
      title.tabIndex = -1;
      if (box.open) title.focus();
    }

    function send(form, what) {
      var fields = new URLSearchParams(new FormData(form));
      fields.set('ordersave_do', what);
      return ask(base + 'decide', { method: 'POST', body: fields, headers: {} },
        what === 'cancel' ? patience : 10 * patience);
    }

    function lost() {
      var note = box.querySelector('[data-lost]');
      if (note) note.hidden = false;
    }

    function decide(form, what) {
      if (busy) return;
      if (what === 'keep') return box.close();
      busy = true;
      box.setAttribute('aria-busy', 'true');
      /* a cancel goes out, whether we have heard of it or not */
      send(form, what).then(function (said) {
        if (what === 'cancel') return;
        if (!said.dialog) return lost();
        if (said.ordersave !== 'offer') state = said.ordersave;
        fill(said);
      }).catch(lost).then(function () {
        busy = false;
        box.removeAttribute('aria-busy');
        if (what === 'cancel') {
          state = 'cancelled';
          box.close();
        }
      });
    }

    box.setAttribute('aria-labelledby', 'title');
    box.addEventListener('click', function (e) {
      var button = e.target.closest('button');
      if (button) pressed = button.value;
      /* a chat that the shop has loaded may open itself instead of the link */
      if (e.target.closest('a[data-chat]') && !document.dispatchEvent(
        new CustomEvent('ordersave-chat', { detail: { order: id }, cancelable: true }))) {
        e.preventDefault();
        box.close();
      }
    });
    box.addEventListener('submit', function (e) {
      e.preventDefault();
      if (pressed) decide(e.target, pressed);
      pressed = '';
    });
    if (gone) gone(function () { state = 'gone'; box.close(); });

    return new Promise(function (resolve) {
      function open() {
        if (open.done) return;
        open.done = true;
        if (state === 'gone') {
          host.remove();
          return resolve(false);
        }
        box.showModal();
        box.querySelector('h1').focus();
      }

      box.addEventListener('close', function () {
        host.remove();
        resolve(state === 'cancelled');
        document.dispatchEvent(new CustomEvent('ordersave', { detail: { order: id, state: state } }));
      });
      fill(offer);
      link.rel = 'stylesheet';
      link.href = offer.dialog.css;
      if (nonce) link.nonce = nonce;
      link.onload = link.onerror = open;
      setTimeout(open, patience);
      root.appendChild(link);
      root.appendChild(box);
      document.body.appendChild(host);
    });
  }

  /*
   * May the request go out? A second one for the same order waits for the
   * first: with nothing to say both go, with a dialog only the one it is about.
   */
  function meet(id, headers, gone) {
    if (waiting[id]) return waiting[id].then(function (shown) { return !shown; }, function () { return true; });

    var first = offerOf(id, headers).then(function (offer) {
      return offer.dialog ? { go: show(id, offer, gone) } : null;
    }).catch(function () { return null; });

    waiting[id] = first.then(function (shown) {
      return shown && shown.go.then(function () { return true; });
    });
    return first.then(function (shown) { return shown ? shown.go : true; }).then(function (go) {
      delete waiting[id];
      return go;
    }, function () {
      delete waiting[id];
      return true;
    });
  }


  /* 4. fetch() */

  function plain(headers) {
    var all = {};
    new Headers(headers || {}).forEach(function (value, name) { all[name] = value; });
    return all;
  }

  function notSent() {
    if (answer) {
      return new Response(answer[2] || null, { status: +answer[1], headers: { 'Content-Type': 'application/json' } });
    }
    throw new DOMException('The order was not cancelled', 'AbortError');
  }

  /* Only a Request has a body that must be read first: a copy of it is. */
  function bodyOf(input, init) {
    if (init && 'body' in init || !(input instanceof Request)) return init && init.body;
    if (!/^(POST|PUT|PATCH|DELETE)$/.test(input.method) || input.bodyUsed) return;
    return input.clone().text();
  }

  window.fetch = function (input, init) {
    var args = arguments, request = input instanceof Request ? input : null;
    var method = init && init.method || request && request.method || 'GET';
    var signal = init && init.signal || request && request.signal;
    var body;

    function go() { return wire.apply(window, args); }
    function met(id) {
      if (!id || signal && signal.aborted) return go();
      return meet(id, plain(init && init.headers || request && request.headers), signal && function (close) {
        if (signal.aborted) close(); else signal.addEventListener('abort', close);
      }).then(function (may) { return may || signal && signal.aborted ? go() : notSent(); });
    }
    function order(text) {
      try { return orderOf(method, request ? request.url : String(input), text); } catch (e) { /* not ours */ }
    }

    try { body = bodyOf(input, init); } catch (e) { return go(); }
    if (!body || !body.then) return order(body) ? met(order(body)) : go();
    return body.then(order, function () {}).then(met);
  };


  /* 5. XMLHttpRequest */

  var calls = new WeakMap();
  var open = X.open, send = X.send, header = X.setRequestHeader, abort = X.abort;

  /* The end of a request that was not sent: as if aborted, or as the shop says. */
  function end(xhr, call) {
    var text = call.ended || !answer ? '' : answer[2];
    var told = answer && !call.ended ? 'load' : 'abort';
    var type = told === 'load' ? 'application/json' : null;
    var seen = {
      readyState: 4, status: type ? +answer[1] : 0, statusText: '', responseURL: '',
      responseText: text, response: xhr.responseType !== 'json' ? text : text ? JSON.parse(text) : null,
      getResponseHeader: function (name) { return /^content-type$/i.test(name) ? type : null; },
      getAllResponseHeaders: function () { return type ? 'content-type: ' + type + '\r\n' : ''; }
    };
    call.over = Object.keys(seen);
    call.over.forEach(function (name) {
      var is = typeof seen[name] === 'function' ? { value: seen[name] } : { get: function () { return seen[name]; } };
      is.configurable = true;
      Object.defineProperty(xhr, name, is);
    });
    ['readystatechange', told, 'loadend'].forEach(function (kind) {
      xhr.dispatchEvent(kind === 'readystatechange' ? new Event(kind) : new ProgressEvent(kind));
    });
  }

  X.open = function (method, url, later) {
    var was = calls.get(this), xhr = this;
    if (was && was.over) was.over.forEach(function (name) { delete xhr[name]; });
    calls.set(this, { method: String(method), url: String(url), later: arguments.length < 3 || later, headers: {} });
    return open.apply(this, arguments);
  };

  X.setRequestHeader = function (name, value) {
    var call = calls.get(this);
    if (call) call.headers[name] = value;
    return header.apply(this, arguments);
  };

  X.send = function (body) {
    var xhr = this, args = arguments, call = calls.get(this), id;

    try { id = call && call.later && orderOf(call.method, call.url, body); } catch (e) { /* not ours */ }
    if (!id) return send.apply(xhr, args);

    call.waits = true;
    meet(id, call.headers, function (close) {
      call.close = close;
      if (call.ended) close();
    }).then(function (may) {
      var mine = call.waits && calls.get(xhr) === call;
      call.waits = false;
      if (!mine) return;
      if (may) send.apply(xhr, args); else end(xhr, call);
    });
  };

  X.abort = function () {
    var call = calls.get(this);
    if (call && call.waits) {
      call.waits = false;
      call.ended = true;
      if (call.close) call.close();
      end(this, call);
    }
    return abort.apply(this, arguments);
  };
})();
