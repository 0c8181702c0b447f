// Draws the charts in the width that there is. Their colours are the page's variables, so that light, dark and print need
// no drawing anew.
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
                labelLimit: narrow ? 130 : 220 },
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
        Object.values(part).forEach(shrink);
      }
    };
    shrink(copy);
    return copy;
  };

  let drawn = 0;
  const draw = async () => {
    const turn = ++drawn;
    const narrow = window.innerWidth < 600;
    for (const [id, specification] of Object.entries(specifications)) {
      if (turn !== drawn) return;
      const place = document.getElementById("chart-" + id);
      await vegaEmbed(place, fitted(specification, narrow), { renderer: "svg", actions: false, config: look(narrow) });
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
