// Ticks beside the page: a browser slows the timers of a page that is not looked at, and never those of a worker.
setInterval(() => postMessage(null), 250);
