"use strict";
const box = document.getElementById("filter"), count = document.getElementById("count");
const subjects = [...document.querySelectorAll("tr.subject")];
const buttons = [...document.querySelectorAll("button.verdict")];
const panelOf = button => document.getElementById(button.getAttribute("aria-controls"));
const buttonOf = panel => buttons.find(button => panelOf(button) === panel);

function set(button, open) {
  panelOf(button).hidden = !open;
  button.setAttribute("aria-expanded", String(open));
}
function close(panel) {
  const button = buttonOf(panel);
  set(button, false);
  button.focus();
}
for (const button of buttons) {
  button.addEventListener("click", () => {
    const open = panelOf(button).hidden;
    set(button, open);
    // The address of the open panel, for sharing.
    history.replaceState(null, "", open ? `#${encodeURIComponent(panelOf(button).id)}` : location.pathname);
  });
  button.addEventListener("keydown", event => { if (event.key === "Escape") set(button, false); });
}
for (const panel of document.querySelectorAll("tr.detail")) {
  panel.querySelector(".close").addEventListener("click", () => close(panel));
  panel.addEventListener("keydown", event => { if (event.key === "Escape") close(panel); });
}

function filter() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of subjects) {
    const fits = words.every(word => row.dataset.text.includes(word));
    row.hidden = !fits;
    shown += fits;
    for (const button of row.querySelectorAll("button.verdict")) if (!fits) set(button, false);
  }
  for (const section of document.querySelectorAll("section[data-kind]"))
    section.hidden = !section.querySelector("tr.subject:not([hidden])");
  count.textContent = `${shown} of ${subjects.length}`;
  document.getElementById("nothing").hidden = shown > 0;
}
function clear() {
  box.value = "";
  filter();
}
box.addEventListener("input", filter);
box.addEventListener("keydown", event => { if (event.key === "Escape") clear(); });
document.getElementById("all").addEventListener("click", () => { clear(); box.focus(); });
document.addEventListener("keydown", event => {
  if (event.key === "/" && document.activeElement !== box) { event.preventDefault(); box.focus(); }
});

// An address that ends in #subject-backend opens that panel; one of a check opens the checks.
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  const folded = target.closest("details") || target.querySelector(":scope > details");
  if (folded) folded.open = true;
  if (target.matches("tr.detail")) {
    clear();
    const button = buttonOf(target);
    set(button, true);
    button.focus({ preventScroll: true });
    button.closest("tr").scrollIntoView();
  } else if (folded) target.scrollIntoView();
}
addEventListener("hashchange", follow);
// Again after loading: the browser moves the focus when it goes to the address.
addEventListener("load", () => setTimeout(follow));

// Print everything.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("#problems details:not([open])")];
  for (const each of folded) each.open = true;
});
addEventListener("afterprint", () => { for (const each of folded) each.open = false; });

filter();
follow();
