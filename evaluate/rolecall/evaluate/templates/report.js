"use strict";
{
  const form = document.getElementById("filters");
  const { role, kind, text, keys } = form.elements;
  const fields = [role, kind, text];
  const articles = [...document.querySelectorAll("article")];
  const entries = [...document.querySelectorAll("#list tbody tr")];
  const lines = ".text.gold";
{% include "words.js" %}
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

  const show = (target) => {
    target.focus({ preventScroll: true });
    target.scrollIntoView();
    // What comes into view is laid out only then, and may push the target away.
    requestAnimationFrame(() => requestAnimationFrame(() => target.scrollIntoView()));
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

  const move = (step) => {
    const next = neighbour(step);
    if (next) go(next, "replaceState");
  };

{% include "address.js" %}
}
