"use strict";
{
  const form = document.getElementById("filters");
  const fields = ["role", "kind", "pair", "order", "text"].map((name) => form.elements[name]).filter(Boolean);
  const { role, kind, pair, order, text, keys } = form.elements;
  const said = form.querySelector("output");
  const list = document.getElementById("list");
  const articles = [...list.children];
  const sheet = document.styleSheets[0];
  const fold = (string) => string.normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
  const counts = new Map(); // how many of the differences that are asked for each article has
  let at = "", found, rule, timer;

  // The words of each article without the labels between them, of one reader; gathered when first searched.
  const words = () => found ??= articles.map((article) => {
    const parts = [article.querySelector("h3").textContent];
    for (const line of article.querySelectorAll(".columns > .text:first-child")) {
      parts.push(" ");
      for (const node of line.childNodes) if (!node.classList?.contains("chip")) parts.push(node.textContent);
    }
    return fold(parts.join(""));
  });

  const chosen = (field) => field?.selectedOptions[0];
  // The differences that are asked for, as a selector; "" for all.
  const match = () => [role, kind, pair].map((field) => chosen(field)?.dataset.match ?? "").join("");

  // Of the marks of an article only those in a difference that is asked for; done when it is opened.
  const mute = (article) => {
    const selector = match();
    if (article.dataset.muted === selector) return;
    article.dataset.muted = selector;
    const wanted = new Set();
    article.querySelectorAll(".differences > li").forEach((item, index) => {
      item.hidden = Boolean(selector) && !item.matches(selector);
      if (!item.hidden) wanted.add(String(index));
    });
    for (const each of article.querySelectorAll(".chip, mark")) {
      each.classList.toggle("off", Boolean(selector) && !(each.dataset.d ?? "").split(" ").some((number) => wanted.has(number)));
    }
  };

  const readers = () => {
    if (rule !== undefined) sheet.deleteRule(rule);
    const numbers = chosen(pair)?.dataset.readers?.split(" ");
    rule = numbers && sheet.insertRule(
      `.columns:not(.same) > :not(${numbers.map((number) => `.c${number}`).join()}, .gold) { display: none }`, sheet.cssRules.length);
  };

  const filter = () => {
    const selector = match(), wanted = fold(text.value).trim();
    const texts = wanted && words();
    let shown = 0, differences = 0;
    articles.forEach((article, index) => {
      const here = article.querySelectorAll(`.differences > li${selector}`).length;
      counts.set(article, here);
      const fits = (!selector || here) && (!wanted || texts[index].includes(wanted));
      article.hidden = !fits;
      shown += Boolean(fits);
      if (fits) differences += here;
      if (article.open) mute(article);
    });
    readers();
    sort();
    said.value = `${shown.toLocaleString("en")} of ${articles.length.toLocaleString("en")} articles, ${differences.toLocaleString("en")} disagreement${differences === 1 ? "" : "s"}.`;
  };

  const value = {
    "": (article) => -counts.get(article),
    f1: (article) => Number(article.dataset.f1),
    id: (article) => article.querySelector(".id").textContent,
  };
  const sort = () => {
    const key = value[order.value] ?? value[""];
    const keyed = [...list.children].map((article) => [key(article), Number(article.dataset.at), article]);
    const sorted = [...keyed].sort(([one, first], [other, second]) => (one < other ? -1 : one > other ? 1 : first - second));
    if (sorted.some((each, index) => each !== keyed[index])) list.append(...sorted.map(([, , article]) => article));
  };

  const save = (how) => {
    const kept = new URLSearchParams(fields.map((field) => [field.name, field.value.trim()]).filter(([, value]) => value));
    if (at && kept.toString()) kept.set("at", at);
    const hash = kept.toString() || at;
    try {
      history[how](null, "", hash ? `#${hash}` : location.href.replace(/#.*/, ""));
    } catch {} // A page shown inside another may not touch its address.
  };

  const choose = (kept) => {
    for (const field of fields) {
      field.value = kept.get(field.name) ?? "";
      if (field.selectedIndex === -1) field.value = "";
    }
    filter();
  };

  const show = (marked) => {
    const target = marked.closest(".chip") ?? marked;
    const article = target.closest("details.article");
    if (article) article.open = true;
    const seat = target.matches("details.article") ? target.querySelector("summary") : target;
    if (!seat.matches("summary, a, [tabindex]")) seat.tabIndex = -1;
    seat.focus({ preventScroll: true });
    target.scrollIntoView({ block: target.matches(".chip") ? "center" : "start" });
    // What comes into view is laid out only then, and may push the target away.
    requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView({ block: target.matches(".chip") ? "center" : "start" })));
  };

  const go = (target, how) => {
    if (!target) return;
    if (target.closest("[hidden]")) choose(new URLSearchParams());
    at = target.id;
    save(how);
    show(target);
  };

  const restore = () => {
    const hash = location.hash.slice(1), kept = new URLSearchParams(hash.includes("=") ? hash : "");
    at = hash.includes("=") ? kept.get("at") ?? "" : hash;
    choose(kept);
    const target = document.getElementById(at);
    if (target) show(target);
    else if (hash.includes("=")) document.getElementById("articles").scrollIntoView();
  };

  const changed = () => {
    at = "";
    filter();
    save("replaceState");
  };

  const step = (by) => {
    const visible = [...list.children].filter((article) => !article.hidden);
    const focused = document.activeElement.closest("details.article");
    const here = visible.indexOf(focused);
    const next = here >= 0 ? visible[here + by] : by > 0
      ? visible.find((article) => article.getBoundingClientRect().top > 1)
      : visible.findLast((article) => article.getBoundingClientRect().top < -1);
    if (!next) return;
    next.querySelector("summary").focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  };

  for (const field of fields) if (field !== text) field.addEventListener("change", changed);
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(changed, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed));
  form.elements.open.addEventListener("click", () => {
    const visible = articles.filter((article) => !article.hidden);
    const open = !visible.every((article) => article.open);
    for (const article of visible) article.open = open;
  });
  // "toggle" does not bubble, but it is captured.
  list.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches("details.article")) mute(event.target);
  }, true);

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.dataset.filter) choose(new URLSearchParams(link.dataset.filter));
    go(document.getElementById(link.hash.slice(1)), "pushState");
  });

  document.addEventListener("keydown", (event) => {
    if (!keys.checked || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
    if (event.key === "/") {
      event.preventDefault();
      text.focus();
    }
  });

  addEventListener("popstate", restore);
  form.hidden = false;
  if (location.hash) restore();
  else filter();
}
