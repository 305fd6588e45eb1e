// The picture above a report, drawn from the table under it; without this script the table says it all.

const SERIES = [
  { names: ["accesses", "episodes", "people"], kind: "bar" },
  { names: ["needles_out", "needles_back"], kind: "bar" },
  { names: ["median_wait_s", "p90_wait_s"], kind: "line" },
  { names: ["emergencies", "turned_away", "left_waiting", "switched_to_injecting"], kind: "bar" },
  { names: ["median_acknowledge_s", "median_on_scene_s", "p95_on_scene_s"], kind: "bar", unit: "s" },
  { names: ["alarms", "false_alarms", "drills"], kind: "bar" },
  { names: ["taken", "not_given", "missed"], kind: "bar" },
];
const PATTERNS = ["solid", "striped", "dotted"];

const table = document.querySelector("[data-figures]");
const picture = document.querySelector("[data-picture]");
if (table && picture && window.Chart) show(table, picture);

function show(table, picture) {
  const heads = [...table.querySelectorAll("thead th")];
  const rows = [...table.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent.trim()));
  const column = (name) => heads.findIndex((head) => head.dataset.name === name);
  const word = (name) => heads[column(name)].textContent.trim();
  const title = picture.querySelector("h2");
  const choices = picture.querySelector("[data-pictures]");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  picture.hidden = false;
  Object.assign(Chart.defaults.font, { family: getComputedStyle(document.body).fontFamily, size: 15 });
  let chart;

  const draw = (series) => {
    title.textContent = series.names.map(word).join(", ");
    for (const button of choices.children) button.setAttribute("aria-pressed", String(button.series === series));
    chart?.destroy();
    chart = new Chart(picture.querySelector("canvas"), settings(series));
  };

  const settings = (series) => {
    const ink = colour("--ink"), line = colour("--line"), soft = colour("--ink-soft");
    const colours = ["--accent", "--soon", "--held"].map(colour);
    const waits = series.names[0].endsWith("_s");
    return {
      type: series.kind,
      data: {
        labels: rows.map((row) => row[0]),
        datasets: series.names.map((name, number) => ({
          label: word(name),
          data: rows.map((row) => scaled(figure(row[column(name)]), series)),
          borderColor: colours[number],
          backgroundColor: series.kind === "bar" ? pattern(PATTERNS[number], colours[number]) : colours[number],
          borderWidth: series.kind === "bar" ? 1.5 : 3,
          borderDash: number ? [7, 4] : [],
          pointStyle: ["circle", "rectRot", "triangle"][number],
          pointRadius: rows.length > 60 ? 0 : 4,
          maxBarThickness: 40,
        })),
      },
      options: {
        maintainAspectRatio: false,
        animation: still ? false : { duration: 250 },
        interaction: { mode: "index", intersect: false },
        color: ink,
        plugins: {
          legend: { labels: { color: ink, usePointStyle: series.kind === "line", boxWidth: series.kind === "line" ? 10 : 22 } },
          tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${rows[item.dataIndex][column(series.names[item.datasetIndex])]}` } },
        },
        scales: {
          x: { ticks: { color: soft, maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false }, border: { color: line } },
          y: { beginAtZero: true, ticks: { color: soft, precision: 0, callback: (value) => (waits ? `${value} ${series.unit ?? "min"}` : value) }, grid: { color: line }, border: { display: false } },
        },
      },
    };
  };

  const shown = SERIES.filter((series) => series.names.every((name) => column(name) >= 0));
  for (const series of shown) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = series.names.slice(0, 2).map(word).join(", ");
    button.series = series;
    button.addEventListener("click", () => draw(series));
    choices.append(button);
  }
  draw(shown[0]);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw([...choices.children].find((one) => one.ariaPressed === "true").series));
}

// A wait of 7:30 is seven and a half minutes; a dash is a gap in the line.
function figure(text) {
  if (text === "–") return null;
  const [whole, part] = text.split(":");
  return part === undefined ? Number(whole) : Number(whole) + Number(part) / 60;
}

// Waits are read in minutes; what takes seconds is drawn in seconds.
function scaled(value, series) {
  return value !== null && series.unit === "s" ? value * 60 : value;
}

// light-dark() is worked out by asking what an element would be painted with.
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function pattern(kind, colour) {
  if (kind === "solid") return colour;
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 2.5;
  if (kind === "striped") {
    pen.beginPath();
    for (const at of [-8, 0, 8]) { pen.moveTo(at, 8); pen.lineTo(at + 8, 0); }
    pen.stroke();
  } else {
    pen.beginPath();
    pen.arc(4, 4, 2, 0, 7);
    pen.fill();
  }
  return pen.createPattern(tile, "repeat");
}
