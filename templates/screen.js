"use strict";
{
  const root = document.documentElement;
  const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* not allowed here: then not */ } };
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };

  // Before the first paint, so that nothing flashes: the language and the colours chosen last time.
  const bilingual = root.dataset.lang === "both";
  const showLanguage = (lang) => {
    root.dataset.lang = lang;
    root.classList.remove("both", "zh", "en");
    root.classList.add(lang);
    root.lang = lang === "en" ? "en" : "zh-Hans";
  };
  const lang = recall("report-lang");
  if (bilingual && ["both", "zh", "en"].includes(lang)) showLanguage(lang);
  const theme = recall("report-theme");
  if (["light", "dark"].includes(theme)) root.dataset.theme = theme;

  document.addEventListener("DOMContentLoaded", () => {
    languages();
    colours();
    contents();
    tables();
    figures();
  });

  // Nothing is loaded: the style sheet hides the other language. The paragraph being read stays in place.
  const languages = () => {
    const buttons = [...document.querySelectorAll("[data-set-lang]")];
    const mark = () => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.setLang === root.dataset.lang));
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        const read = [...document.querySelectorAll("main :is(h1, h2, h3, h4, .pair, figure)")]
          .find((element) => element.getBoundingClientRect().bottom > 80);
        const before = read?.getBoundingClientRect().top;
        showLanguage(button.dataset.setLang);
        remember("report-lang", button.dataset.setLang);
        mark();
        if (window.scrollY > 0) window.scrollBy({ top: read.getBoundingClientRect().top - before, behavior: "instant" });
      });
    }
    mark();
  };

  // The system's wish holds until the reader chooses otherwise, and again once the choice is what it wishes.
  const colours = () => {
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    const button = document.querySelector(".theme");
    const wish = () => (system.matches ? "dark" : "light");
    const mark = () => button.setAttribute("aria-pressed", String((root.dataset.theme ?? wish()) === "dark"));
    system.addEventListener("change", mark);
    button.addEventListener("click", () => {
      const chosen = (root.dataset.theme ?? wish()) === "dark" ? "light" : "dark";
      root.dataset.theme = chosen;
      remember("report-theme", chosen === wish() ? "" : chosen);
      mark();
    });
    mark();
  };

  const contents = () => {
    const aside = document.querySelector("aside");
    const nav = aside.querySelector("nav");
    const button = document.querySelector(".open-contents");
    const open = (wanted) => {
      aside.toggleAttribute("data-open", wanted);
      button.setAttribute("aria-expanded", String(wanted));
    };
    button.addEventListener("click", () => open(!aside.hasAttribute("data-open")));
    nav.addEventListener("click", (event) => { if (event.target.closest("a")) open(false); });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && aside.hasAttribute("data-open")) {
        open(false);
        button.focus();
      }
    });

    // The current section is the last one whose heading has come into the upper third of the window, or above it.
    const links = new Map([...nav.querySelectorAll("a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const headings = [...links.keys()].map((id) => document.getElementById(id));
    const passed = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) passed[entry.isIntersecting ? "add" : "delete"](entry.target);
      const current = links.get((headings.findLast((heading) => passed.has(heading)) ?? headings[0])?.id);
      for (const link of links.values()) {
        if (link === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
      if (current && (current.offsetTop < nav.scrollTop || current.offsetTop > nav.scrollTop + nav.clientHeight - 40)) {
        nav.scrollTop = current.offsetTop - nav.clientHeight / 2;
      }
    }, { rootMargin: "9999999px 0px -67% 0px" });
    for (const heading of headings) observer.observe(heading);
  };

  // A header sorts its column up, then down, then the table is as it was written. A cell without a number comes last.
  const tables = () => {
    for (const table of document.querySelectorAll("table[data-sortable]")) {
      const headers = [...table.tHead.rows[0].cells];
      const body = table.tBodies[0];
      const written = [...body.rows];
      headers.forEach((header, column) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(...header.childNodes);
        header.append(button);
        const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
        const numeric = written.some((row) => "value" in row.cells[column].dataset);
        const order = (a, b) => (numeric ? Number(a) - Number(b) : a.localeCompare(b, root.lang, { numeric: true }));
        button.addEventListener("click", () => {
          const next = { null: "ascending", ascending: "descending", descending: null }[header.getAttribute("aria-sort")];
          for (const other of headers) other.removeAttribute("aria-sort");
          if (next) header.setAttribute("aria-sort", next);
          const sign = next === "descending" ? -1 : 1;
          const filled = written.filter((row) => key(row) !== "");
          const sorted = filled.toSorted((a, b) => sign * order(key(a), key(b)));
          body.append(...(next ? [...sorted, ...written.filter((row) => key(row) === "")] : written));
          table.toggleAttribute("data-sorted", next !== null);
        });
      });
    }
  };

  // A figure is a button that shows it as large as the window allows; Escape or a click closes, and focus returns.
  const figures = () => {
    const dialog = document.querySelector("dialog.enlarged");
    const large = dialog.querySelector("img");
    for (const img of document.querySelectorAll(".figure > img")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "enlarge";
      button.setAttribute("aria-haspopup", "dialog");
      img.replaceWith(button);
      button.append(img);
      button.addEventListener("click", () => {
        large.src = img.src;
        large.alt = img.alt;
        dialog.showModal();
      });
    }
    dialog.addEventListener("click", () => dialog.close());
  };
}
