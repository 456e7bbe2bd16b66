  // What is chosen stands in the address, which leads back to it. The page has `form`, `fields` with `text`, `at`,
  // `filter`, and `show`, which brings a part of the page into view, and `move`, which goes some articles on or back.
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

  for (const field of fields) if (field !== text) field.addEventListener("change", changed);
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
    if (event.key === "j") move(1);
    if (event.key === "k") move(-1);
    if (event.key === "/") {
      event.preventDefault();
      text.focus();
    }
  });

  addEventListener("popstate", restore);
  form.hidden = false;
  if (location.hash) restore();
  else filter();
