"use strict";
{
  const root = document.documentElement;
  const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window, file: in some browsers */ } };
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };

  // Language: nothing is loaded, the style sheet hides the other one. The paragraph being read stays in place.
  const buttons = [...document.querySelectorAll("[data-set-lang]")];
  const setLanguage = (lang) => {
    const anchor = [...document.querySelectorAll("main h1, main h2, main h3, main .pair, main figure")]
      .find((element) => element.getBoundingClientRect().bottom > 80);
    const before = anchor ? anchor.getBoundingClientRect().top : 0;
    root.dataset.lang = lang;
    root.lang = lang === "en" ? "en" : "zh-Hans";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.setLang === lang));
    if (anchor && window.scrollY > 0) window.scrollBy(0, anchor.getBoundingClientRect().top - before);
  };
  for (const button of buttons) {
    button.addEventListener("click", () => { setLanguage(button.dataset.setLang); remember("report-lang", button.dataset.setLang); });
  }
  if (buttons.some((button) => button.dataset.setLang === recall("report-lang"))) setLanguage(recall("report-lang"));

  // Light or dark: the system's wish until the reader chooses.
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const setTheme = (theme) => { root.dataset.theme = theme; };
  const wish = () => recall("report-theme") ?? (dark.matches ? "dark" : "light");
  setTheme(wish());
  dark.addEventListener("change", () => setTheme(wish()));
  document.querySelector(".theme").addEventListener("click", () => {
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    setTheme(theme);
    remember("report-theme", theme);
  });

  // Contents follow the reader: the current heading is the last one above the upper third of the window.
  const links = new Map([...document.querySelectorAll("aside .contents a")].map((link) => [link.hash.slice(1), link]));
  const headings = [...document.querySelectorAll("main h2[id], main h3[id], main h4[id]")];
  let current = null;
  const follow = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < window.innerHeight / 3);
    const link = links.get((passed.at(-1) ?? headings[0])?.id);
    if (link === current) return;
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    current = link;
    const box = link?.closest("nav");
    if (box && (link.offsetTop < box.scrollTop || link.offsetTop > box.scrollTop + box.clientHeight - 40)) {
      box.scrollTop = link.offsetTop - box.clientHeight / 2;
    }
  };
  let waiting = false;
  window.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }, { passive: true });
  follow();

  // Figures enlarge; Escape, a click or Enter closes them.
  const dialog = document.querySelector("dialog.enlarged");
  const large = dialog.querySelector("img");
  for (const img of document.querySelectorAll(".figure img")) {
    img.tabIndex = 0;
    img.setAttribute("role", "button");
    const open = () => { large.src = img.src; large.alt = img.alt; dialog.showModal(); };
    img.addEventListener("click", open);
    img.addEventListener("keydown", (event) => { if (event.key === "Enter") open(); });
  }
  dialog.addEventListener("click", () => dialog.close());
}
