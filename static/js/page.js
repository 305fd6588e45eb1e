// Starts what every page does for itself; each part works alone, and every page works without any of them.
import * as alarm from "./alarm.js";
import * as band from "./band.js";
import * as clock from "./clock.js";
import * as dose from "./dose.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as regions from "./regions.js";
import * as sound from "./sound.js";
import * as wall from "./wall.js";

sound.start();
alarm.start();
clock.start();
dose.start();
regions.start();
keys.start();
band.start();
wall.start();
live.start();

document.querySelector("[data-focus]")?.focus();
// A page that the browser kept from earlier shows an old room and holds used keys.
addEventListener("pageshow", (event) => event.persisted && location.reload());
