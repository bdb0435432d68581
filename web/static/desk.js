// Keys on the review page, decisions without leaving it, and news of what arrives. Every page works without this file.
"use strict";

(() => {
  const SWITCH = "desk-keys";
  const POLL = 15000;
  const work = () => document.getElementById("work");
  const words = (name) => document.body.dataset[name];
  let busy = false;
  let chosen = null; // the number of the topic that keys are about

  // --- choosing a topic -------------------------------------------------------------------------

  const cards = () => [...document.querySelectorAll(".topic-card[data-topic]")];

  function choose(card, scroll = true) {
    for (const other of cards()) other.classList.toggle("chosen", other === card);
    chosen = card ? card.dataset.topic : null;
    light(card && card.dataset.position, scroll);
    if (card && scroll) card.scrollIntoView({ block: "nearest" });
  }

  function light(position, scroll) {
    let first = null;
    for (const mark of document.querySelectorAll("mark.topic")) {
      const lit = position && mark.dataset.topics.split(" ").includes(position);
      mark.classList.toggle("lit", Boolean(lit));
      first = first || (lit ? mark : null);
    }
    const folded = first && first.closest("details");
    if (folded) folded.open = true;
    if (first && scroll) first.scrollIntoView({ block: "nearest" });
  }

  const current = () => cards().find((card) => card.dataset.topic === chosen) || null;

  function step(by) {
    const all = cards();
    if (!all.length) return;
    const at = all.indexOf(current());
    choose(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
  }

  function begin() {
    const all = cards();
    const wanted = all.find((card) => "focus" in card.dataset) || all.find((card) => card.dataset.topic === chosen);
    if (work()) choose(wanted || all[0] || null, Boolean(wanted));
    showSwitch();
  }

  // --- decisions --------------------------------------------------------------------------------

  async function send(form) {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
        redirect: "error",
      });
      const told = await answer.json();
      if (told.next) await go(told.next);
      else tell(told.error);
    } catch {
      tell(words("failedWords"));
    } finally {
      busy = false;
    }
  }

  async function go(address) {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.getElementById("main");
    if (!answer.ok || !next) {
      location.assign(address);
      return;
    }
    const same = work() && next.querySelector("#work") && work().dataset.reply === next.querySelector("#work").dataset.reply;
    const at = [window.scrollX, window.scrollY];
    document.getElementById("main").replaceWith(next);
    document.querySelector(".top").replaceWith(page.querySelector(".top"));
    document.title = page.title;
    history.pushState({}, "", address);
    if (!same) chosen = null;
    window.scrollTo(...(same ? at : [0, 0]));
    next.focus({ preventScroll: true });
    begin();
  }

  function tell(text) {
    const old = document.querySelector(".notice.told");
    if (old) old.remove();
    const notice = document.createElement("div");
    notice.className = "notice warn told";
    notice.setAttribute("role", "alert");
    const line = document.createElement("p");
    line.textContent = text;
    notice.append(line);
    document.getElementById("main").prepend(notice);
    notice.scrollIntoView({ block: "nearest" });
  }

  function setAreas(change) {
    const form = current() && current().querySelector("[data-areas]");
    if (!form) return;
    for (const box of form.querySelectorAll("input[name=areas]")) box.checked = change(box);
    send(form);
  }

  const only = (value) => setAreas((box) => box.value === value);
  const also = (value) => setAreas((box) => (box.value === value ? !box.checked : box.checked && box.value !== "new"));
  const press = (where) => where && send(where);

  // --- keys -------------------------------------------------------------------------------------

  const keysOn = () => localStorage.getItem(SWITCH) !== "off";

  function showSwitch() {
    const button = document.querySelector("[data-keys-switch]");
    if (!button) return;
    button.hidden = false;
    button.textContent = keysOn() ? button.dataset.on : button.dataset.off;
    button.setAttribute("aria-pressed", String(keysOn()));
  }

  function onKey(event) {
    if (!work() || !keysOn() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    if (event.target.closest("a, button, summary, input") && ["Enter", " "].includes(event.key)) return;
    const act = action(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  function action(event) {
    const { key } = event;
    const letter = key.toLowerCase();
    if (key === "z" || key === "Z") return () => press(document.querySelector("[data-undo]"));
    if (letter.length === 1 && work().dataset.letters.includes(letter)) {
      return () => (event.shiftKey ? also(letter) : only(letter));
    }
    if (/^[1-8]$/.test(key)) return () => setKind(key);
    return {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      ArrowRight: () => later(),
      Enter: () => press(document.querySelector("[data-settle]")),
      0: () => only("new"),
      "-": () => press(current() && current().querySelector("[data-reject]")),
      "+": () => press(current() && current().querySelector("[data-merge]")),
      "/": () => openEdit(),
      "=": () => document.getElementById("state").focus(),
    }[key];
  }

  function setKind(key) {
    const form = document.querySelector("[data-kind]");
    const option = form && form.querySelector(`option[data-key="${key}"]`);
    if (!option) return;
    option.selected = true;
    send(form);
  }

  function later() {
    const link = document.querySelector("[data-skip]");
    if (link) go(link.getAttribute("href"));
  }

  function openEdit() {
    const edit = current() && current().querySelector(".edit");
    if (!edit) return;
    edit.open = true;
    edit.querySelector("textarea").focus();
  }

  // --- news -------------------------------------------------------------------------------------

  async function look() {
    const live = document.querySelector("[data-live]");
    const news = document.getElementById("news");
    if (!live || !news || document.hidden) return;
    try {
      const answer = await fetch("/live", { headers: { accept: "application/json" } });
      if (!answer.ok) return;
      const now = await answer.json();
      if (`${now.replies} ${now.decisions}` !== live.dataset.live && news.hidden) showNews(news);
    } catch {
      // The server may be starting anew; the next look tells.
    }
  }

  function showNews(news) {
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = words("showWords");
    news.replaceChildren(`${words("liveWords")} `, link);
    news.hidden = false;
  }

  // --- wiring -----------------------------------------------------------------------------------

  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!work() || form.method !== "post" || !["/decide", "/undo"].includes(new URL(form.action).pathname)) return;
    event.preventDefault();
    send(form);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-switch]")) {
      localStorage.setItem(SWITCH, keysOn() ? "off" : "on");
      showSwitch();
    }
    const card = event.target.closest(".topic-card[data-topic]");
    if (card && card !== current()) choose(card, false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.id === "state" && work()) {
      event.preventDefault();
      send(event.target.form);
    }
    if (event.key === "Escape" && work() && event.target.closest("input, textarea, select")) event.target.blur();
  });
  window.addEventListener("popstate", () => location.reload());
  window.setInterval(look, POLL);
  begin();
})();
