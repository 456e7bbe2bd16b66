"use strict";
{
  const form = document.getElementById("filters");
  const { role, kind, text, keys } = form.elements;
  const fields = [role, kind, text];
  const said = form.querySelector("output");
  const articles = [...document.querySelectorAll("article")];
  const entries = [...document.querySelectorAll("#list tbody tr")];
  const sheet = document.styleSheets[0];
  const fold = (string) => string.normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
  let at = "", found, rule, timer;

  // The words of each article, without the labels between them; gathered when first searched.
  const words = () => found ??= articles.map((article) => {
    const parts = [article.querySelector("h3").textContent];
    for (const line of article.querySelectorAll(".text.gold")) {
      parts.push(" ");
      for (const node of line.childNodes) if (!node.classList?.contains("chip")) parts.push(node.textContent);
    }
    return fold(parts.join(""));
  });

  // The spans that are asked for, as a selector; "" for all.
  const match = () => [role, kind].map((field) => field.selectedOptions[0]?.dataset.match ?? "").join("");

  const mute = (selector) => {
    if (rule !== undefined) sheet.deleteRule(rule);
    rule = selector && sheet.insertRule(`@media all {
      article .chip:not(${selector}) { display: none }
      article mark:not(${selector}) { background: none; border-color: transparent }
    }`, sheet.cssRules.length);
    if (!selector) rule = undefined;
  };

  const filter = () => {
    const selector = match(), wanted = fold(text.value).trim();
    const marked = new Set();
    if (selector) for (const chip of document.querySelectorAll(`article .chip${selector}`)) marked.add(chip.closest("article"));
    const texts = wanted && words();
    let shown = 0;
    articles.forEach((article, index) => {
      const fits = (!selector || marked.has(article)) && (!wanted || texts[index].includes(wanted));
      article.hidden = entries[index].hidden = !fits;
      shown += fits;
    });
    mute(selector);
    said.value = `${shown.toLocaleString("en")} of ${articles.length.toLocaleString("en")} articles.`;
  };

  const save = (how) => {
    const chosen = new URLSearchParams(fields.map((field) => [field.name, field.value.trim()]).filter(([, value]) => value));
    if (at && chosen.toString()) chosen.set("at", at);
    const hash = chosen.toString() || at;
    try {
      history[how](null, "", hash ? `#${hash}` : location.href.replace(/#.*/, ""));
    } catch {} // A page shown inside another may not touch its address.
  };

  const choose = (chosen) => {
    for (const field of fields) {
      field.value = chosen.get(field.name) ?? "";
      if (field.selectedIndex === -1) field.value = "";
    }
    filter();
  };

  const show = (target) => {
    target.focus({ preventScroll: true });
    target.scrollIntoView();
    // What comes into view is laid out only then, and may push the target away.
    requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView()));
  };

  const go = (target, how) => {
    if (target.hidden) choose(new URLSearchParams());
    at = target.id;
    save(how);
    show(target);
  };

  const restore = () => {
    const hash = location.hash.slice(1), chosen = new URLSearchParams(hash.includes("=") ? hash : "");
    at = hash.includes("=") ? chosen.get("at") ?? "" : hash;
    choose(chosen);
    const target = document.getElementById(at);
    if (target) show(target);
    else if (hash.includes("=")) document.getElementById("articles").scrollIntoView();
  };

  const changed = () => {
    at = "";
    filter();
    save("replaceState");
  };

  const onScreen = (article) => {
    const box = article.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  };

  // From the article that has the focus, as long as it is in sight, else from what is in sight.
  const neighbour = (step) => {
    const wrong = articles.filter((article) => !article.hidden && article.classList.contains("wrong"));
    const focused = document.activeElement.closest("article");
    const here = focused && onScreen(focused) ? wrong.indexOf(focused) : -1;
    if (here >= 0) return wrong[here + step];
    return step > 0
      ? wrong.find((article) => article.getBoundingClientRect().top > 1)
      : wrong.findLast((article) => article.getBoundingClientRect().top < -1);
  };

  for (const field of [role, kind]) field.addEventListener("change", changed);
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(changed, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed));

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.dataset.filter) choose(new URLSearchParams(link.dataset.filter));
    go(document.getElementById(link.hash.slice(1)), "pushState");
  });

  document.addEventListener("keydown", (event) => {
    if (!keys.checked || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
    const step = { j: 1, k: -1 }[event.key];
    const next = step && neighbour(step);
    if (next) go(next, "replaceState");
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
