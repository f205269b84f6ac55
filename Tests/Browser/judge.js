// What a page must be for everybody who uses it: returns a list of flaws, each with the place where it is.
(() => {
  const flaws = [];
  const place = (node) => `${node.tagName.toLowerCase()}${node.className && typeof node.className === "string"
    ? "." + node.className.trim().replace(/\s+/g, ".") : ""} "${(node.innerText ?? "").trim().slice(0, 40)}"`;
  const seen = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
    && node.getBoundingClientRect().width > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);

  const nameOf = (node) => {
    const by = node.getAttribute("aria-labelledby");
    if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
    if (node.getAttribute("aria-label")) return node.getAttribute("aria-label").trim();
    if (node.labels?.length) return [...node.labels].map((label) => label.textContent).join(" ").trim();
    if (node.tagName === "IMG") return (node.getAttribute("alt") ?? "").trim();
    return (node.textContent || node.getAttribute("title") || "").trim();
  };

  // Names
  for (const node of all("a[href], button, input, select, textarea, summary, [role=button], [role=tab], [role=option], nav, dialog")) {
    if (node.type === "hidden" || node.type === "file") continue;
    if (!nameOf(node)) flaws.push(`has no name: ${place(node)}`);
  }
  for (const node of all("img")) if (!node.hasAttribute("alt")) flaws.push(`has no alt: ${place(node)}`);
  for (const node of all("svg")) {
    if (node.getAttribute("aria-hidden") !== "true" && !(node.getAttribute("role") === "img" && node.getAttribute("aria-label"))) {
      flaws.push(`a drawing is neither hidden nor named: ${place(node.parentElement)}`);
    }
  }
  if (!document.documentElement.lang) flaws.push("the language is not said");
  if (!document.title) flaws.push("the page has no title");
  for (const node of all("table")) {
    if (!node.querySelector("th[scope]")) flaws.push(`a table without heads: ${place(node)}`);
  }

  // Structure
  const counted = {};
  for (const node of document.querySelectorAll("[id]")) counted[node.id] = (counted[node.id] ?? 0) + 1;
  for (const [id, count] of Object.entries(counted)) if (count > 1) flaws.push(`${count} times the id ${id}`);
  for (const node of document.querySelectorAll("[aria-describedby], [aria-controls], [aria-activedescendant]")) {
    for (const name of ["aria-describedby", "aria-controls", "aria-activedescendant"]) {
      const id = node.getAttribute(name);
      if (id && !document.getElementById(id)) flaws.push(`${name} names nothing: ${place(node)}`);
    }
  }
  const firsts = all("h1");
  if (firsts.length !== 1) flaws.push(`${firsts.length} first headings`);
  let level = 1;
  for (const node of all("main h1, main h2, main h3, main h4")) {
    const own = Number(node.tagName[1]);
    if (own > level + 1) flaws.push(`a heading of level ${own} follows one of ${level}: ${place(node)}`);
    level = own;
  }
  if (all("main").length !== 1) flaws.push("there is not one main");
  for (const node of document.querySelectorAll("[tabindex]")) if (node.tabIndex > 0) flaws.push(`an order of its own: ${place(node)}`);
  for (const node of all("button button, a a, a button, button a")) flaws.push(`a control in a control: ${place(node)}`);

  // Contrast (WCAG 2.2, 1.4.3)
  const parsed = (text) => {
    const parts = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return { r: parts[0], g: parts[1], b: parts[2], a: parts[3] ?? 1 };
  };
  const over = (top, under) => ({
    r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1,
  });
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(parsed(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => [r, g, b].map((one) => one / 255)
    .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
  const contrast = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const said = new Set();
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || !seen(node) || node.closest("[disabled], .hidden, .skip, svg, option, script")) continue;
    const style = getComputedStyle(node);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const back = ground(node);
    const ratio = contrast(over(parsed(style.color), back), back);
    const flaw = `contrast ${ratio.toFixed(2)}: ${style.color} ${place(node)}`;
    if (ratio < (isLarge ? 3 : 4.5) && !said.has(style.color)) {
      said.add(style.color);
      flaws.push(flaw);
    }
  }
  for (const node of all("input:not([type=checkbox]), select, textarea")) {
    const edge = parsed(getComputedStyle(node).borderTopColor);
    const ratio = contrast(edge, ground(node.parentElement));
    if (ratio < 3) flaws.push(`the edge of a control has contrast ${ratio.toFixed(2)}: ${place(node)}`);
  }

  // Size: nothing wider than the window, nothing too small to be hit (WCAG 2.2, 2.5.8)
  if (document.documentElement.scrollWidth > innerWidth) flaws.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  const main = document.querySelector("main");
  if (main && main.scrollWidth > main.clientWidth + 1) {
    const wide = [...main.querySelectorAll("*")].find((node) => node.getBoundingClientRect().right > innerWidth + 1);
    flaws.push(`the content is wider than its place: ${wide ? place(wide) : main.scrollWidth}`);
  }
  for (const node of all("button, select, input:not([type=checkbox]), textarea")) {
    const box = node.getBoundingClientRect();
    if (box.width < 24 || box.height < 24) flaws.push(`too small to be hit: ${place(node)} ${box.width}x${box.height}`);
  }
  return flaws;
})()
