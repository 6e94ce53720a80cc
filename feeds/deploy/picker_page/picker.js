// Sends what is clicked in the page to the program, and shows the selectors and items that it makes of it.
"use strict";
const NEXT = { title: "date", date: "text", text: "image", image: "author", author: "author" };
const COLORS = { title: "#0b57d0", date: "#a40000", text: "#22662a", image: "#7a3e9d", author: "#8a5a00", link: "#0b57d0" };
const frame = document.getElementById("page");
let chosen = {};

const find = (id) => document.getElementById(id);
const part = () => document.querySelector("input[name=part]:checked").value;
const inPage = (number) => frame.contentDocument.querySelector(`[data-feeds-number="${number}"]`);

function outline(found) {
  for (const element of frame.contentDocument.querySelectorAll("[data-feeds-outlined]")) {
    element.style.outline = "";
    delete element.dataset.feedsOutlined;
  }
  const draw = (number, style) => {
    const element = inPage(number);
    if (element) {
      element.style.outline = style;
      element.dataset.feedsOutlined = "";
    }
  };
  found.blocks.forEach((number) => draw(number, "2px dashed #595959"));
  for (const [name, numbers] of Object.entries(found.parts)) {
    numbers.forEach((number) => draw(number, `2px solid ${COLORS[name] || "#595959"}`));
  }
}

function show(found) {
  find("said").textContent = found.said;
  find("said").className = found.is_error ? "error" : "";
  find("lines").textContent = found.lines.join("\n");
  find("items").replaceChildren(...found.items.map((item) => {
    const row = document.createElement("li");
    const day = document.createElement("time");
    day.textContent = item.date;
    row.append(day, item.title);
    return row;
  }));
  outline(found);
}

async function ask() {
  const answer = await fetch("pick", { method: "POST", body: JSON.stringify(chosen) });
  show(await answer.json());
}

function choose(event) {
  event.preventDefault();
  event.stopPropagation();
  const element = event.target.closest("[data-feeds-number]");
  if (!element) return;
  const name = part();
  chosen[name] = Number(element.dataset.feedsNumber);
  document.querySelector(`input[value=${NEXT[name]}]`).checked = true;
  ask();
}

function begin() {
  const page = frame.contentDocument;
  page.addEventListener("click", choose, true);
  page.addEventListener("submit", (event) => event.preventDefault(), true);
  page.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(event); }, true);
  page.addEventListener("mouseover", (event) => { event.target.style.cursor = "crosshair"; }, true);
  ask();
}

find("again").addEventListener("click", () => {
  chosen = {};
  document.querySelector("input[value=title]").checked = true;
  ask();
});
find("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(find("lines").textContent);
  find("said").textContent = "Copied.";
});
if (frame.contentDocument && frame.contentDocument.readyState === "complete" && frame.contentDocument.body
    && frame.contentDocument.body.childElementCount) begin();
else frame.addEventListener("load", begin);
