// For pages of other sites: <feeds-list src="…/fragment.html"> shows the newest entries in the look of the page that it
// stands in, and a frame of embed.html gets the height that it needs. In such a frame: ?theme=dark or ?theme=light.
"use strict";

if (document.body.classList.contains("embedded")) {
  const theme = new URLSearchParams(location.search).get("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  const tell = () => parent.postMessage({ feedsHeight: document.documentElement.offsetHeight }, "*");
  new ResizeObserver(tell).observe(document.documentElement);
} else {
  addEventListener("message", (event) => {
    const height = Number(event.data && event.data.feedsHeight);
    if (!(height > 0 && height < 10000)) return;
    for (const frame of document.querySelectorAll("iframe"))
      if (frame.contentWindow === event.source) frame.style.height = `${Math.ceil(height)}px`;
  });
  customElements.define("feeds-list", class extends HTMLElement {
    static observedAttributes = ["src"];
    async attributeChangedCallback() {
      const source = this.getAttribute("src");
      const answer = await fetch(source);
      if (!answer.ok || source !== this.getAttribute("src")) return;
      const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      this.replaceChildren(...parsed.body.children);
    }
  });
}
