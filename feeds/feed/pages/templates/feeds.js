// Conveniences; every page does without them.
"use strict";

for (const button of document.querySelectorAll(".copy")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("a").href);
    const before = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

const search = document.querySelector(".search");
if (search) {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const rows = [...document.querySelectorAll(".feeds > li")].map((row) => [row, plain(row.querySelector("a").textContent)]);
  const status = search.querySelector("[role=status]");
  search.hidden = false;
  search.querySelector("input").addEventListener("input", (event) => {
    const wanted = plain(event.target.value.trim());
    let found = 0;
    for (const [row, name] of rows) {
      row.hidden = !name.includes(wanted);
      found += !row.hidden;
    }
    for (const list of document.querySelectorAll(".feeds"))
      list.parentElement.hidden = !list.querySelector("li:not([hidden])");
    if (wanted)
      for (const facet of document.querySelectorAll(".facet"))
        facet.open = true;
    status.textContent = wanted ? status.dataset.found.replace("{}", found) : "";
  });
}
