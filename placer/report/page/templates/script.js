"use strict";
// What the page has only with a script: names of points, a search, copying.
const tip = document.getElementById("tip");
let named = null;
function show(target) {
  named = target;
  tip.textContent = target.dataset.tip;
  tip.hidden = false;
  const at = target.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + at.width / 2 - tip.offsetWidth / 2), document.documentElement.clientWidth - tip.offsetWidth - 8);
  const above = at.top - tip.offsetHeight - 8;
  tip.style.left = left + "px";
  tip.style.top = (above > 0 ? above : at.bottom + 8) + "px";
}
function hide() { named = null; tip.hidden = true; }
for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  document.addEventListener(begin, event => {
    const target = event.target.closest("[data-tip]");
    if (target) show(target);
  });
  document.addEventListener(end, hide);
}
document.addEventListener("scroll", () => { if (named) show(named); }, true);
document.addEventListener("keydown", event => { if (event.key === "Escape") hide(); });

for (const box of document.querySelectorAll("input[data-search]")) {
  box.closest("[hidden]").hidden = false;
  const rows = [...document.querySelectorAll("#" + box.dataset.search + " tbody tr")].map(row => [row, row.textContent.toLowerCase()]);
  const found = document.getElementById(box.dataset.search + "-found");
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/);
    let number = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every(word => text.includes(word));
      number += !row.hidden;
    }
    found.textContent = number + " of " + rows.length + " shown";
  });
}

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = button.parentElement.querySelector("code").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
