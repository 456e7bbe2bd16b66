  const said = form.querySelector("output");
  const sheet = document.styleSheets[0];
  const fold = (string) => string.normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
  let at = "", found, rule, timer;

  // The words of each article, of one reader and without the labels between them; gathered when first searched.
  const words = () => found ??= articles.map((article) => {
    const parts = [article.querySelector("h3").textContent];
    for (const line of article.querySelectorAll(lines)) {
      parts.push(" ");
      for (const node of line.childNodes) if (!node.classList?.contains("chip")) parts.push(node.textContent);
    }
    return fold(parts.join(""));
  });

