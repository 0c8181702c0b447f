// Draws the charts in the available width, and lets tables be sorted. Colours are variables of the page, so that light, dark and
// print need no new drawing.
(() => {
  const specifications = JSON.parse(document.getElementById("specifications").textContent);

  const look = (narrow) => {
    const ink = "var(--ink)", quiet = "var(--quiet)", line = "var(--line)";
    const text = narrow ? 10 : 12;
    return {
      background: null, font: "system-ui, sans-serif", view: { stroke: null },
      axis: { labelColor: ink, titleColor: quiet, gridColor: line, domainColor: line, tickColor: line,
              labelFontSize: text, titleFontSize: text, titleFontWeight: "normal",
              ...(narrow ? { labelLimit: 120 } : {}) },
      legend: { labelColor: ink, titleColor: quiet, labelFontSize: text, titleFontSize: text, titleFontWeight: "normal",
                labelLimit: narrow ? 130 : 220, titleLimit: 400,
                gradientLength: narrow ? 130 : 200 },
      text: { color: ink },
      range: { category: ["#2f7fbf", "#d9730d", "#3d9a67", "#a45bb5", "#c2952b", "#7a8896"] },
    };
  };

  const fitted = (value, narrow) => {
    if (!narrow) return value;
    const copy = structuredClone(value);
    const shrink = (part) => {
      if (part && typeof part === "object") {
        if (part.labelLimit > 120) part.labelLimit = 120;
        if (part.columns > 1) part.columns = 1;
        Object.values(part).forEach(shrink);
      }
    };
    shrink(copy);
    return copy;
  };

  // "84.1 to 86.0 %" sorts by its first number, unless the cell names another value.
  const valueOf = (cell) => {
    const number = parseFloat((cell.dataset.value ?? cell.textContent).replace(/[,\u202f]/g, "").replace("\u2212", "-"));
    return Number.isNaN(number) ? null : number;
  };

  const isNumeric = (cells) =>
    cells.every((cell) => valueOf(cell) !== null || ["", "-", "not loaded"].includes(cell.textContent.trim())) &&
    !cells.every((cell) => /^\d{4}-\d\d-\d\d$/.test(cell.textContent.trim()));

  const sortable = (table) => {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const cells = [...body.rows].map((row) => row.cells[column]);
      const numeric = isNumeric(cells);
      if (!numeric) [heading, ...cells].forEach((cell) => cell.classList.add("text"));
      const button = document.createElement("button");
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const up = heading.ariaSort === "descending" || (heading.ariaSort !== "ascending" && !numeric);
        [...table.tHead.rows[0].cells].forEach((other) => other.removeAttribute("aria-sort"));
        heading.ariaSort = up ? "ascending" : "descending";
        const key = (row) => numeric ? valueOf(row.cells[column]) ?? -Infinity : row.cells[column].textContent.trim();
        const order = (a, b) => key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
        body.append(...[...body.rows].sort((a, b) => up ? order(a, b) : order(b, a)));
      });
    });
  };
  document.querySelectorAll("table.sortable").forEach(sortable);

  let drawn = 0;
  const draw = async () => {
    const turn = ++drawn;
    const narrow = window.innerWidth < 600;
    for (const [id, specification] of Object.entries(specifications)) {
      if (turn !== drawn) return;
      const place = document.getElementById("chart-" + id);
      await vegaEmbed(place, fitted(specification, narrow), { renderer: "svg", actions: false, config: look(narrow) });
      // The place is the image and has its words: its parts are not images of their own.
      place.querySelectorAll("svg, svg [role]").forEach((part) => part.removeAttribute("role"));
      place.querySelectorAll("svg").forEach((drawing) => drawing.setAttribute("aria-hidden", "true"));
    }
    document.documentElement.dataset.drawn = String(turn);
  };

  const again = () => draw().catch((error) => console.error(error));
  let wait = 0;
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(wait);
    wait = setTimeout(again, 150);
  });
  again();
})();
