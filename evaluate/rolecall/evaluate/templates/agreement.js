"use strict";
{
  const form = document.getElementById("filters");
  const fields = ["role", "kind", "pair", "order", "text"].map((name) => form.elements[name]).filter(Boolean);
  const { role, kind, pair, order, text, keys } = form.elements;
  const list = document.getElementById("list");
  const articles = [...list.children];
  const lines = ".columns > .text:first-child";
  const counts = new Map(); // how many of the differences that are asked for each article has
{% include "words.js" %}
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

  const move = (by) => {
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

  form.elements.open.addEventListener("click", () => {
    const visible = articles.filter((article) => !article.hidden);
    const open = !visible.every((article) => article.open);
    for (const article of visible) article.open = open;
  });
  // "toggle" does not bubble, but it is captured.
  list.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.matches("details.article")) mute(event.target);
  }, true);

{% include "address.js" %}
}
