// Keeps the sections fresh, as long as somebody looks and does not work in one
// of them. Without this script the page does all the same, by a link.
"use strict";
(() => {
  const EVERY = 3000;
  const link = document.getElementById("refresh");
  if (!link) return;

  let paused = sessionStorage.getItem("paused") === "yes";
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-pressed", String(paused));
  button.textContent = "Pause updates";
  const since = document.createElement("span");
  since.setAttribute("aria-hidden", "true");
  link.replaceWith(since, button);

  const tell = () => { since.textContent = paused ? "paused" : "live"; };
  button.addEventListener("click", () => {
    paused = !paused;
    sessionStorage.setItem("paused", paused ? "yes" : "no");
    button.setAttribute("aria-pressed", String(paused));
    tell();
  });
  tell();

  // A section in which somebody has begun something stays as it is.
  const touched = new WeakSet();
  document.addEventListener("input", (event) => {
    const section = event.target.closest("[data-live]");
    if (section) touched.add(section);
  });
  const inUse = (section) =>
    touched.has(section) || section.contains(document.activeElement) || section.querySelector("details[open]");

  const refresh = async () => {
    if (paused || document.hidden) return;
    const address = new URL(location.href);
    address.searchParams.delete("note");
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const section of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(section.id);
      if (other && !inUse(section) && other.innerHTML !== section.innerHTML) section.replaceWith(other);
    }
    tell();
  };
  const again = () => setTimeout(() => {
    refresh().catch(() => { since.textContent = "the server does not answer"; }).finally(again);
  }, EVERY);
  again();

  // One menu at a time; Escape and a click elsewhere close it.
  const close = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
